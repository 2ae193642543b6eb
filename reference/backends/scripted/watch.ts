/** Replies that are read again when their files change; a file that is broken leaves the reply that it was before. */

import { watch } from 'node:fs';
import { basename } from 'node:path';
import { readFrom, replyFiles, type Replies } from './replies.ts';
import type { Reply } from './reply.ts';

/** Editors write a file in several steps; in ms. */
const SETTLED = 50;

/**
 * Watches folders.
 *
 * @param folders All that the replies were loaded from.
 * @param log Takes `Loaded …` and `Failed to load FILE:LINE: …`, a line for each file that changed, or for each thing wrong in it.
 * @returns Stops watching.
 */
export function watchReplies(replies: Replies, folders: readonly string[], log: (line: string) => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let reading = Promise.resolve();
  const changed = new Set<string>();
  const again = (): void => {
    const names = [...changed];
    changed.clear();
    // One after the other: of two readings at once the older one might come last.
    reading = reading.then(() => reload(replies, folders, names, log)).catch((cause: unknown) => log(String(cause)));
  };
  const watchers = folders.map((folder) =>
    watch(folder, { persistent: false }, (_, file) => {
      if (file?.endsWith('.json') !== true) return;
      changed.add(basename(file, '.json'));
      clearTimeout(timer);
      timer = setTimeout(again, SETTLED);
    }),
  );
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}

async function reload(
  replies: Replies,
  folders: readonly string[],
  names: readonly string[],
  log: (line: string) => void,
): Promise<void> {
  const files = await replyFiles(folders);
  const loaded = new Map<string, Reply>(replies.loaded);
  for (const name of names) {
    const file = files.get(name);
    if (file === undefined) {
      if (loaded.delete(name)) log(`Removed the reply ${name}: its file is gone.`);
      continue;
    }
    const read = await readFrom(file);
    if ('faults' in read) {
      read.faults.forEach(log);
      continue;
    }
    loaded.set(name, read.reply);
    log(`Loaded ${file}.`);
  }
  replies.reload(loaded);
}
