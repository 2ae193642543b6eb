/**
 * Faults: errors in a response that a test has requested. This file decides which call a fault strikes; how each fault
 * looks on the wire is in `answer/faulty.ts`, which is loaded by the first call that has one.
 *
 *     const faults = new Faults();
 *     faults.add({ status: 429, retryAfter: 2, times: 2 }); // the next two calls
 *     const gateway = createGateway({ ...options, backend, faults });
 *
 * Nothing is random: the same faults strike the same calls at the same positions.
 */

import { z } from 'zod';
import { Fault } from './backends/fault.ts';
import { Match, mismatch, type Seen } from './backends/match.ts';
import { Effort } from './backends/pattern.ts';
import { strict } from './backends/strict.ts';
import { badFault, type Refusal } from './errors.ts';
import { issueText } from './issue.ts';
import { nearest } from './nearest.ts';

const { turn: _, ...matchWithoutTurn } = Match.shape;

/** A fault as `Faults.add` takes it. */
export const Order = strict({
  ...Fault.shape,
  // The turn is known only when the session is entered, and then the headers of a stream are sent.
  match: strict(matchWithoutTurn).exactOptional().describe('Which calls it strikes. Default: any.'),
  times: z.int().positive().exactOptional().describe('How many calls it strikes. Default: 1.'),
});
/** A fault, which calls it strikes (`match`), and how many of them (`times`). */
export type Order = z.infer<typeof Order>;

/** The header that requests a fault where that is allowed: `cut=3`, or `status=429, retry-after=2`. */
export const FAULT_HEADER = 'x-openclaw-fault';

/** A queue of faults, oldest first. */
export class Faults {
  readonly #orders: { readonly fault: Fault; readonly match: Match; left: number }[] = [];
  readonly #byHeader: boolean;

  /** @param options.byHeader Whether clients may request a fault by `x-openclaw-fault`. Default: no. */
  constructor({ byHeader = false }: { readonly byHeader?: boolean } = {}) {
    this.#byHeader = byHeader;
  }

  /**
   * Appends a fault.
   *
   * @param order An `Order`, or anything else to be validated as one.
   * @throws {Error} in one line when it is not a valid `Order`.
   */
  add(order: unknown): void {
    const { match = {}, times = 1, ...fault } = parsed(Order, order, 'the fault');
    this.#orders.push({ fault, match, left: times });
  }

  /** The faults not yet used up, oldest first; `times` is how many calls each still strikes. */
  list(): readonly Order[] {
    return this.#orders.map(({ fault, match, left }) => ({ ...fault, match, times: left }));
  }

  /** Removes all faults. */
  clear(): void {
    this.#orders.length = 0;
  }

  /**
   * The fault that strikes a call: the header's, where allowed, else the oldest in the queue that matches the call.
   *
   * @throws {Refusal} 400 when the header does not hold a valid fault.
   */
  take(call: Seen): Fault | undefined {
    const header = this.#byHeader ? call.headers?.[FAULT_HEADER] : undefined;
    if (header !== undefined) return faultFrom(String(header));
    const effort = new Effort();
    const at = this.#orders.findIndex(({ match }) => mismatch(match, call, effort) === undefined);
    const order = this.#orders[at];
    if (order === undefined) return undefined;
    order.left -= 1;
    if (order.left === 0) this.#orders.splice(at, 1);
    return order.fault;
  }
}

/** Every fault as the header spells it, by its letters alone, as `lettersOf` gives them. */
const SPELLED = new Map(
  Object.keys(Fault.shape).map((key) => [
    lettersOf(key),
    { key, spelled: key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`) },
  ]),
);

/** `noDone`, `no-done` and `No_Done` are one name. */
function lettersOf(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '');
}

/** Parses the header: names and values with `=` between them; a name alone means true. */
function faultFrom(header: string): Fault {
  const parts = header.split(/[,;]/).map((part) => part.trim());
  const entries = parts
    .filter((part) => part !== '')
    .map((part) => {
      const [name = '', value] = part.split('=').map((side) => side.trim());
      const known = SPELLED.get(lettersOf(name));
      if (known === undefined) throw unknownFault(name);
      return [known.key, known.key === 'message' ? value : valueOf(value)] as const;
    });
  try {
    return parsed(Fault, Object.fromEntries(entries), FAULT_HEADER);
  } catch (cause) {
    throw badFault(cause instanceof Error ? cause.message : '');
  }
}

function valueOf(text = 'true'): unknown {
  if (/^\d+$/.test(text)) return Number(text);
  return text === 'true' ? true : text === 'false' ? false : text;
}

/** How much of an unknown name an error quotes, in characters. */
const QUOTED = 40;

function unknownFault(name: string): Refusal {
  const known = [...SPELLED.values()].map(({ spelled }) => spelled);
  const meant = nearest(name, known);
  const mend = meant === undefined ? '' : ` Did you mean ${meant}?`;
  const got = JSON.stringify(name.slice(0, QUOTED));
  return badFault(
    `Failed to read ${FAULT_HEADER}: expected a known fault, got ${got}.${mend} Known: ${known.join(', ')}.`,
  );
}

function parsed<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  throw new Error(
    `Failed to read ${what}: ${issueText(read.error, 'the whole')}. See fixtures/schemas/fault.schema.json.`,
  );
}
