/** A command's output folder: created and tested before the first case runs. */
import { mkdirSync, mkdtempSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from '../usage-error.ts';

/**
 * Creates the folder and writes a test entry to it.
 *
 * @param flag the flag that names the folder, like `--out`.
 * @throws {UsageError} when the folder cannot be created or written.
 */
export function readyFolder(flag: string, folder: string): void {
  writing(`${flag} ${folder}`, () => {
    makeFolder(folder);
    rmdirSync(mkdtempSync(join(folder, '.try-')));
  });
}

/**
 * Writes files into a folder, creating it.
 *
 * @param files texts by file name.
 * @throws {UsageError} when a file cannot be written.
 */
export function writeFiles(files: Readonly<Record<string, string>>, folder: string): void {
  writing(folder, () => makeFolder(folder));
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    writing(path, () => writeFileSync(path, text));
  }
}

/** Level by level: Node's `recursive` never returns on a file system that refuses a folder with ENOENT, as /proc does. */
function makeFolder(folder: string): void {
  const path = resolve(folder);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (cause) {
    // Another process may have created it in the meantime.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw cause;
  }
}

/** Runs `write`; an error of the file system becomes a `UsageError`. */
function writing(what: string, write: () => void): void {
  try {
    write();
  } catch (cause) {
    const got = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new UsageError(
      `Failed to write ${what}: expected a place that can be written, got ${got}. Name another --out.`,
    );
  }
}
