/**
 * Known failures, each with a reason and a date. A waiver covers one requirement; it is stale when the requirement holds,
 * unless the failure is intermittent (`sometimes`).
 */
import JSON5 from 'json5';
import { z } from 'zod';
import table from '../../fixtures/deployments.json' with { type: 'json' };
import { UsageError, issueText } from '../usage-error.ts';

const DEPLOYMENTS = new Set(table.deployments.map(({ name }) => name));

const date = z.iso.date('a date like 2026-11-22');

const Waiver = z.strictObject({
  /** The requirement's id. */
  id: z.string(),
  /** A name in `fixtures/deployments.json`: it fails only there. Default: wherever it is judged. */
  deployment: z.string().optional(),
  /** Why it is known to fail, in our words. */
  reason: z.string().min(10),
  /** Where it is discussed. */
  link: z.url().optional(),
  /** When the waiver was written. */
  dated: date,
  /** The last day on which it is valid, in UTC. */
  expires: date.optional(),
  /** A part of the failure's message; a failure with another message is not waived. */
  message: z.string().optional(),
  /** It fails intermittently, because of a race in the gateway: a run in which it holds proves nothing. */
  sometimes: z.literal(true).optional(),
});

/** A known failure of one requirement. */
export type Waiver = z.infer<typeof Waiver>;

/** One entry of a file; `ids` for several requirements that one fault violates. */
const Entry = z.union([Waiver, Waiver.omit({ id: true }).extend({ ids: z.array(z.string()).min(1) })]);

/** The form of a file of waivers. */
export const WaiversFile = z.strictObject({ $schema: z.string().optional(), waivers: z.array(Entry) });

const FORM = '{ waivers: [{ id or ids, reason, dated, deployment?, link?, expires?, message?, sometimes? }] }';

/**
 * Reads a waivers file: JSON5 of the form `FORM`.
 *
 * @param known the ids of all requirements.
 * @param today in UTC, like 2026-11-22.
 * @throws {UsageError} one line that names the file, the line in it, and the fault.
 */
export function readWaivers(
  text: string,
  file: string,
  known: ReadonlySet<string>,
  today = new Date().toISOString().slice(0, 10),
): Waiver[] {
  const fail = (expected: string, got: string, line?: number): never => {
    const place = line === undefined ? file : `${file}:${line}`;
    throw new UsageError(`Failed to read waivers ${place}: expected ${expected}, got ${got}. Correct the file.`);
  };
  let written: unknown;
  try {
    written = JSON5.parse(text);
  } catch (cause) {
    const { message, lineNumber } = cause as Error & { lineNumber?: number };
    return fail('JSON5', message.replace(/^JSON5: /, '').replaceAll('\n', ' '), lineNumber);
  }
  const read = WaiversFile.safeParse(written);
  const lines = entryLines(text);
  if (!read.success) {
    const index = read.error.issues[0]?.path[1];
    return fail(FORM, issueText(read.error), typeof index === 'number' ? lines[index] : undefined);
  }
  const waivers: Waiver[] = [];
  for (const [index, entry] of read.data.waivers.entries()) {
    const line = lines[index];
    const { deployment, expires = today } = entry;
    if (deployment !== undefined && !DEPLOYMENTS.has(deployment)) {
      fail(`one of the deployments ${[...DEPLOYMENTS].join(', ')}`, JSON.stringify(deployment), line);
    }
    for (const waiver of each(entry)) {
      const { id } = waiver;
      if (!known.has(id)) fail('the id of a requirement that is judged', JSON.stringify(id), line);
      if (
        waivers.some(
          (other) => other.id === id && (other.deployment ?? deployment) === (deployment ?? other.deployment),
        )
      ) {
        fail('one waiver for each requirement', `two for ${id}`, line);
      }
      if (expires < today) fail(`a waiver of ${id} that has not expired`, expires, line);
      waivers.push(waiver);
    }
  }
  return waivers;
}

function each(entry: z.infer<typeof Entry>): Waiver[] {
  if ('id' in entry) return [entry];
  const { ids, ...rest } = entry;
  return ids.map((id) => ({ id, ...rest }));
}

/** A comment, a string, a bracket, a comma, or any other character. */
const TOKEN = /(?<comment>\/\/.*|\/\*[^]*?\*\/)|'(?:\\[^]|[^'\\])*'|"(?:\\[^]|[^"\\])*"|\S/g;

/** The lines, from 1, on which the elements of an object's only array begin. */
function entryLines(text: string): number[] {
  const lines: number[] = [];
  let depth = 0;
  let between = false;
  for (const { 0: token, index, groups } of text.matchAll(TOKEN)) {
    if (groups?.comment !== undefined) continue;
    if (between && token !== ']') lines.push(text.slice(0, index).split('\n').length);
    if (token === '[' || token === '{') depth++;
    if (token === ']' || token === '}') depth--;
    between = depth === 2 && (token === ',' || token === '[');
  }
  return lines;
}
