/**
 * Replies: the runs that a scripted backend plays, by name. The kit's own are the files in `fixtures/replies`, each of
 * which answers `play:<file name without .json>`; more may be put beside them while the gateway runs.
 */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { replyFrom, type Reply } from './reply.ts';

/** What replies are called, in `play:<name>` and as files. */
const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

const OWN_REPLIES = fileURLToPath(new URL('../../fixtures/replies', import.meta.url));

/** Replies by name, in the order of their names. */
export class Replies {
  #loaded: ReadonlyMap<string, Reply>;
  #replies: Map<string, Reply>;

  /** @param loaded What `clear` comes back to. Default: nothing. */
  constructor(loaded: ReadonlyMap<string, Reply> = new Map()) {
    this.#loaded = loaded;
    this.#replies = ordered(loaded);
  }

  get(name: string): Reply | undefined {
    return this.#replies.get(name);
  }

  list(): readonly { readonly name: string; readonly reply: Reply }[] {
    return [...this.#replies].map(([name, reply]) => ({ name, reply }));
  }

  /**
   * Adds a reply, in the place of one of the same name.
   *
   * @param json What a file of `fixtures/replies` would say, parsed.
   * @throws {Error} in one line when it is no reply, or the name none.
   */
  put(name: string, json: unknown): void {
    if (!NAME.test(name)) {
      throw new Error(
        `Failed to name a reply: expected a-z, 0-9 and single -, got ${JSON.stringify(name)}. Rename it.`,
      );
    }
    this.#replies = ordered(new Map([...this.#replies, [name, replyFrom(json, `the reply "${name}"`)]]));
  }

  /** Whether there was one. */
  remove(name: string): boolean {
    return this.#replies.delete(name);
  }

  /** Forgets what was put and removed. */
  clear(): void {
    this.#replies = ordered(this.#loaded);
  }
}

function ordered(replies: ReadonlyMap<string, Reply>): Map<string, Reply> {
  return new Map([...replies].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Every reply of a folder by its name, the file's name without `.json`.
 *
 * @param folder Default: the kit's own `fixtures/replies`.
 * @throws {Error} when a file is not a reply; the message names the file and the first thing wrong in it.
 */
export async function loadReplies(folder: string = OWN_REPLIES): Promise<Replies> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json'));
  const loaded = await Promise.all(
    files.map(async (file) => [file.slice(0, -'.json'.length), await loadReply(join(folder, file))] as const),
  );
  return new Replies(new Map(loaded));
}

async function loadReply(file: string): Promise<Reply> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : 'unreadable text';
    throw new Error(`Failed to load ${file}: expected a reply, got ${got}. See fixtures/schemas/reply.schema.json.`, {
      cause,
    });
  }
  return replyFrom(json, file);
}
