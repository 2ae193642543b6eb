/**
 * The kit's own replies, each read when it is first played: a start waits for none of them. What is wrong with one is told
 * by `fixtures/fixtures.test.ts`.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Repertoire } from './choosing.ts';
import type { Reply } from './reply.ts';

/** The folder of the kit's own replies. */
export const BUILT_IN_REPLIES = fileURLToPath(new URL('../../../fixtures/replies', import.meta.url));

/** They answer to their names alone, and without faults. */
export function builtInReplies(): Repertoire {
  const read = new Map<string, Reply>();
  return {
    faulty: false,
    play(name) {
      const reply = read.get(name) ?? readOwn(name);
      if (reply !== undefined) read.set(name, reply);
      return reply;
    },
    match: () => ({ why: [] }),
  };
}

function readOwn(name: string): Reply | undefined {
  try {
    return JSON.parse(readFileSync(join(BUILT_IN_REPLIES, `${name}.json`), 'utf8')) as Reply;
  } catch {
    return undefined;
  }
}
