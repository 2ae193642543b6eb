/**
 * A reply: a run that is known beforehand. Its shape is told to authors in other languages by
 * `fixtures/schemas/reply.schema.json`; here it is read.
 */

import { z } from 'zod';

const count = z.int().nonnegative();

const ReplyEvent = z.union([
  z.strictObject({
    text: z.string(),
    times: z.int().positive().exactOptional(),
    cuts: z.array(z.int().positive()).exactOptional(),
  }),
  z.strictObject({ pause: count }),
  z.strictObject({ hang: z.literal(true) }),
  z.strictObject({ usage: z.strictObject({ input: count, output: count, cached: count.exactOptional() }) }),
  z.strictObject({ finish: z.enum(['stop', 'length']) }),
  z.strictObject({ fail: z.strictObject({ status: z.int().min(400).max(599), message: z.string() }) }),
]);

const Reply = z.strictObject({ $schema: z.string().exactOptional(), about: z.string(), events: z.array(ReplyEvent) });

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
