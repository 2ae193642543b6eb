/** Why a file of sessions is refused, or cannot be written, in words: what was found instead, and the mend. */

/** A file that is refused. The message is what was found instead, and the mend. */
export class Unfit extends Error {}

export const DAMAGED = 'a damaged one. Restore it from a copy, or delete it to start without sessions.';
export const UNWRITABLE = 'one that cannot be written. Make it and its folder writable, or name another file.';
const HELD = 'one that another process holds. Stop that one, or name another file.';

const FULL = 'a full disk. Make room on it, or name another file.';

/** By SQLite's result codes, primary and extended: https://sqlite.org/rescode.html. 1 is a missing table. */
const SQLITE_ERRORS: Readonly<Record<number, string>> = {
  1: DAMAGED,
  5: HELD,
  8: UNWRITABLE,
  10: 'an I/O error. Check the disk, or name another file.',
  11: DAMAGED,
  13: FULL,
  14: UNWRITABLE,
  26: DAMAGED,
  // SQLITE_IOERR_SHMSIZE: the shared-memory file could not be extended.
  4874: FULL,
};

const CODES: Readonly<Record<string, string>> = {
  ENOENT: 'no folder for it. Make that folder, or name another file.',
  ENOTDIR: 'no folder for it. Make that folder, or name another file.',
  EACCES: UNWRITABLE,
  EROFS: UNWRITABLE,
  EPERM: UNWRITABLE,
  ENOSPC: FULL,
  EDQUOT: FULL,
};

/** What was found in place of a file of sessions, and the mend. */
export function gotFrom(cause: unknown): string {
  if (cause instanceof Unfit) return cause.message;
  const { errcode = -1, code = '' } = cause as { errcode?: number; code?: string };
  const known = SQLITE_ERRORS[errcode] ?? SQLITE_ERRORS[errcode & 0xff] ?? CODES[code];
  if (known !== undefined) return known;
  return `${cause instanceof Error ? cause.message : 'an unknown error'}. Name another file.`;
}
