/** Known failures: reasoned, linked, dated. A waiver forgives one requirement, and must be needed. */
import JSON5 from 'json5';
import { z } from 'zod';
import { UsageError } from './arguments.ts';

const DATE = /^\d{4}-\d{2}-\d{2}$/;

const Waiver = z.strictObject({
  /** The requirement's id. */
  id: z.string(),
  /** Why it is known to fail, in our words. */
  reason: z.string().min(10),
  /** Where it is discussed. */
  link: z.url().optional(),
  /** When this was written down. */
  dated: z.string().regex(DATE, 'a date like 2026-11-22'),
  /** A piece of the failure's message: another failure is not forgiven. */
  message: z.string().optional(),
});

export type Waiver = z.infer<typeof Waiver>;

/**
 * Reads a waivers file, `{ waivers: [{ id, reason, dated, link?, message? }] }` in JSON5.
 *
 * @throws a `UsageError`, one line that names the file and what is wrong in it.
 */
export function readWaivers(text: string, file: string, known: ReadonlySet<string>): Waiver[] {
  const fail = (expected: string, got: string): never => {
    throw new UsageError(`Failed to read waivers ${file}: expected ${expected}, got ${got}. Mend the file.`);
  };
  let written: unknown;
  try {
    written = JSON5.parse(text);
  } catch (error) {
    fail('JSON5', (error as Error).message.replace(/^JSON5: /, ''));
  }
  const read = z.strictObject({ waivers: z.array(Waiver) }).safeParse(written);
  if (!read.success) {
    const [issue] = read.error.issues;
    return fail(
      '{ waivers: [{ id, reason, dated, link?, message? }] }',
      `at ${issue!.path.join('.')}: ${issue!.message}`,
    );
  }
  const seen = new Set<string>();
  for (const { id } of read.data.waivers) {
    if (!known.has(id)) fail('the id of a requirement that is judged', id);
    if (seen.has(id)) fail('one waiver for each requirement', `two for ${id}`);
    seen.add(id);
  }
  return read.data.waivers;
}
