/** The folder that a command writes to: made and tried before anything is judged. */
import { mkdirSync, mkdtempSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from '../usage-error.ts';

/**
 * Makes the folder, and tries to write in it.
 *
 * @param flag that named it, like `--out`.
 * @throws {UsageError} when it cannot be made or written.
 */
export function readyFolder(flag: string, folder: string): void {
  told(`${flag} ${folder}`, () => {
    makeFolder(folder);
    rmdirSync(mkdtempSync(join(folder, '.try-')));
  });
}

/**
 * Writes files by their names into a folder, which is made.
 *
 * @throws {UsageError} when one cannot be written.
 */
export function writeFiles(files: Readonly<Record<string, string>>, folder: string): void {
  told(folder, () => makeFolder(folder));
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    told(path, () => writeFileSync(path, text));
  }
}

/** Level by level: Node's `recursive` never ends where a file system refuses a folder with ENOENT, as /proc does. */
function makeFolder(folder: string): void {
  const path = resolve(folder);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process may have made it since.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

function told(what: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    const got = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new UsageError(
      `Failed to write ${what}: expected a place that can be written, got ${got}. Name another --out.`,
    );
  }
}
