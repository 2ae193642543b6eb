/**
 * A reply: a run that is known beforehand. `fixtures/schemas/reply.schema.json` tells the same to editors, and to
 * authors in other languages.
 */

import { z } from 'zod';

const count = z.int().nonnegative();

const ReplyEvent = z.union([
  z.strictObject({
    text: z.string().describe('The next piece of the answer.'),
    times: z
      .int()
      .positive()
      .exactOptional()
      .describe('The piece is said so many times, each a delta of its own; `{n}` in it becomes 1, 2, 3 … Default: 1.'),
    cuts: z
      .array(z.int().positive())
      .exactOptional()
      .describe(
        'Offsets in UTF-16 code units, rising, at which the piece is cut into deltas; a cut may go through a surrogate pair.',
      ),
  }),
  z.strictObject({ pause: count.describe('Silence, in milliseconds.') }),
  z.strictObject({ hang: z.literal(true).describe('Silence until the caller leaves.') }),
  z.strictObject({
    usage: z.strictObject({
      input: count.describe('Tokens read, cached ones included.'),
      output: count,
      cached: count.exactOptional().describe('How many of `input` came from a cache.'),
    }),
  }),
  z.strictObject({ finish: z.enum(['stop', 'length']) }),
  z.strictObject({
    fail: z.strictObject({
      status: z.int().min(400).max(599).describe("The model provider's HTTP status."),
      message: z.string(),
    }),
  }),
]);

export const Reply = z
  .strictObject({
    $schema: z.string().exactOptional(),
    about: z.string().describe('What this reply is for.'),
    events: z.array(ReplyEvent),
  })
  .meta({ title: 'Reply', description: 'The run that answers a message holding `play:<file name without .json>`.' });

/** One thing that a reply does; see the schema for units and defaults. */
export type ReplyEvent = z.infer<typeof ReplyEvent>;

/** One file of `fixtures/replies`. */
export type Reply = z.infer<typeof Reply>;

/**
 * A reply from what its file says.
 *
 * @param what Named in the message.
 * @throws {Error} with the first thing that is wrong.
 */
export function replyFrom(json: unknown, what: string): Reply {
  const read = Reply.safeParse(json);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  const got = `a fault at "${issue?.path.join('.') ?? ''}" (${issue?.message ?? 'unknown'})`;
  throw new Error(`Failed to load ${what}: expected a reply, got ${got}. See fixtures/schemas/reply.schema.json.`);
}
