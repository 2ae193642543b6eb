/** The header of a file of sessions, and the log beside it: whether SQLite may open them. */

import { accessSync, closeSync, constants, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { DAMAGED, Unfit, UNWRITABLE } from './unfit.ts';
import { readable } from './wal.ts';

/** The application id and the user version, at bytes 68 and 60 of the header of an SQLite file. */
export const APPLICATION = 0x4f434b53;
/** The version of the tables: files of another one are refused. */
export const VERSION = 3;
/** At bytes 18 and 19: writers and readers use a write-ahead log. Without it SQLite would ignore an existing one. */
const LOGGED = 0x0202;
const HEADER_BYTES = 100;

/**
 * Checks the header of the file and its log, before SQLite may write anything.
 *
 * @throws {Unfit} for a file that must not be opened.
 */
export function inspect(path: string): void {
  const stat = statSync(path);
  if (stat.isDirectory()) throw new Unfit('a folder. Name a file in it.');
  if (!stat.isFile()) throw new Unfit('something that is no regular file. Name another one.');
  const header = Buffer.alloc(HEADER_BYTES);
  const descriptor = openSync(path, 'r');
  const length = readSync(descriptor, header);
  closeSync(descriptor);
  if (length === 0) throw new Unfit('an empty one. Delete it to start without sessions, or name another file.');
  const foreign = header.toString('latin1', 0, 16) !== 'SQLite format 3\0' || header.readUInt32BE(68) !== APPLICATION;
  if (foreign) throw new Unfit('a file of another program. Name another file.');
  const version = header.readUInt32BE(60);
  if (version !== VERSION) throw new Unfit(`one of version ${version}, not ${VERSION}. Use the kit that wrote it.`);
  if (header.readUInt16BE(18) !== LOGGED) throw new Unfit(DAMAGED);
  // Without a log the file alone must hold all of its pages.
  const pages = header.readUInt32BE(28) * header.readUInt16BE(16);
  if (logged(path) === 0 ? stat.size < pages : !readable(readFileSync(`${path}-wal`))) throw new Unfit(DAMAGED);
  accessSync(path, constants.W_OK);
  // Root may write any file; one without write permission is refused all the same.
  if ((stat.mode & 0o222) === 0) throw new Unfit(UNWRITABLE);
}

/** The size of the log, in bytes; 0 without one. */
export function logged(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}
