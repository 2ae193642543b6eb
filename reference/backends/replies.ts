/**
 * Replies: the files in `fixtures/replies`, each the run that answers `play:<file name without .json>`. Their shape is
 * told to authors in other languages by `fixtures/schemas/reply.schema.json`; here it is read.
 */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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

const OWN_REPLIES = fileURLToPath(new URL('../../fixtures/replies', import.meta.url));

/**
 * Every reply of a folder by its name, the file's name without `.json`.
 *
 * @param folder Default: the kit's own `fixtures/replies`.
 * @throws {Error} when a file is not a reply; the message names the file and the first thing wrong in it.
 */
export async function loadReplies(folder: string = OWN_REPLIES): Promise<Map<string, Reply>> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).toSorted();
  return new Map(
    await Promise.all(
      files.map(async (file) => [file.slice(0, -'.json'.length), await loadReply(join(folder, file))] as const),
    ),
  );
}

async function loadReply(file: string): Promise<Reply> {
  const refused = (got: string): Error =>
    new Error(`Failed to load ${file}: expected a reply, got ${got}. See fixtures/schemas/reply.schema.json.`);
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw refused(cause instanceof Error ? cause.message : 'unreadable text');
  }
  const read = Reply.safeParse(json);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  throw refused(`a fault at "${issue?.path.join('.') ?? ''}" (${issue?.message ?? 'unknown'})`);
}
