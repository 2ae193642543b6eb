/**
 * The errors by which a case fails. A `Violation` has what the contract expects and what the gateway sent; an `Undecided`
 * means that the response proves neither. Any other error is a fault of the case or of the network.
 */
import type { Exchange } from '../wire/exchange.ts';

/** The requirement does not hold; ends the case as violated. */
export class Violation extends Error {
  readonly expected: string;
  readonly got: string;
  /** The exchanges that led to it, where a case made others too. */
  readonly history: readonly Exchange[] | undefined;

  constructor(expected: string, got: string | Words, history?: readonly Exchange[]) {
    super(`expected ${expected}, got ${String(got)}`);
    this.name = 'Violation';
    this.expected = expected;
    this.got = String(got);
    this.history = history;
  }
}

/** Prose for a message, which shows it verbatim; any other value is shown as JSON. */
export class Words {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** Longest quotation in a message, in characters. */
const QUOTED = 160;

/** A text, cut to 160 characters with its whole length noted. */
export function quoted(text: string): string {
  return text.length <= QUOTED ? text : `${text.slice(0, QUOTED)}… (${text.length} characters)`;
}

/** A value as shown in a message: JSON, cut as by `quoted`; `Words` verbatim. */
export function shown(value: unknown): string {
  if (value instanceof Words) return String(value);
  return quoted(value === undefined ? 'nothing' : typeof value === 'bigint' ? String(value) : JSON.stringify(value));
}

/** @throws {Violation} unless `held`. `got` is shown as JSON, `Words` verbatim. */
export function expect(held: boolean, expected: string, got: unknown): asserts held {
  if (!held) throw new Violation(expected, shown(got));
}

/** @throws {Violation} unless `got` is `wanted` by `Object.is`. */
export function expectEqual(got: unknown, wanted: unknown, what: string): void {
  if (!Object.is(got, wanted)) throw new Violation(`${what} ${shown(wanted)}`, shown(got));
}
