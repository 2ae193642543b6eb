/**
 * Sessions in a file, in SQLite.
 *
 * What was answered survives the death of the process at any moment: an exchange is one row, hence one statement and one
 * commit, whole or not there; and it is written before the answer's last byte is. The journal is a write-ahead log with
 * `synchronous = NORMAL`: a commit is one append that the kernel holds when the statement returns, and no SIGKILL takes
 * it back. A power cut may take the last moments, and leaves the file sound; to have these too, `FULL` would make
 * everybody wait for the disk, commit by commit. The lock is exclusive, for as long as the process lives: two references
 * with one file would not know of each other's sessions.
 *
 * Damage is refused before anything is written: `wal.ts` judges the log, SQLite's own check the structure of the file, in
 * which every row stands twice, and a sum of ours each row's content.
 * Source: https://sqlite.org/wal.html, https://sqlite.org/pragma.html#pragma_synchronous
 */

import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  linkSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs';
import { resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import type { Entry, Exchange, State } from './sessions.ts';
import { readable } from './wal.ts';

/** In the header of every SQLite file, at bytes 68 and 60: whose it is, and of which making. */
const APPLICATION = 0x4f434b53;
const VERSION = 2;
/** At bytes 18 and 19: writers and readers use a write-ahead log. Without it SQLite would pass over one. */
const LOGGED = 0x0202;
const HEADER_BYTES = 100;

const TABLE = `
  CREATE TABLE exchange (
    number  INTEGER PRIMARY KEY,  -- in the order in which they were remembered
    session TEXT    NOT NULL,     -- JSON: the key, which may hold what is no text to SQLite, such as half a character
    agent   TEXT    NOT NULL,
    at      INTEGER NOT NULL,     -- milliseconds since 1970
    turns   TEXT    NOT NULL,     -- JSON: [{"role","text"}, …]
    sum     INTEGER NOT NULL      -- CRC-32 of the four above
  ) STRICT;
  CREATE INDEX exchange_of_session ON exchange (session, number);
  PRAGMA application_id = ${APPLICATION};
  PRAGMA user_version = ${VERSION};
  PRAGMA journal_mode = WAL;
`;

interface Row {
  readonly session: string;
  readonly agent: string;
  readonly at: number;
  readonly turns: string;
  readonly sum: number;
}

function sumOf({ session, agent, at, turns }: Omit<Row, 'sum'>): number {
  return crc32(`${session}\n${agent}\n${at}\n${turns}`);
}

/**
 * Opens a file of sessions, or makes one where there is none.
 *
 * @throws {Error} in one line, for a file that is damaged, somebody else's, in use, or cannot be written. Such a file is
 * left as it is.
 */
export function openState(file: string): State {
  const path = resolve(file);
  try {
    if (!existsSync(path)) make(path);
    inspect(path);
    const database = locked(path);
    try {
      return stateIn(database, file);
    } catch (cause) {
      database.close();
      throw cause;
    }
  } catch (cause) {
    throw failed(file, cause);
  }
}

function failed(file: string, cause: unknown): Error {
  return new Error(`Failed to open ${file}: expected a file of sessions, got ${gotFrom(cause)}`, { cause });
}

/** What was found instead, and what to do about it. */
class Unfit extends Error {}

const DAMAGED = 'a damaged one. Put it back from a copy, or delete it to begin anew.';
const UNWRITABLE = 'one that cannot be written. Make it and its folder writable, or name another file.';
const HELD = 'one that another process holds. Stop that one, or name another file.';

const FULL = 'a full disk. Make room on it, or name another file.';

/** By SQLite's own codes, and above them extended ones: https://sqlite.org/rescode.html. 1 is a table that is not there. */
const FAULTS: Readonly<Record<number, string>> = {
  1: DAMAGED,
  5: HELD,
  8: UNWRITABLE,
  10: 'a disk that fails. Look at it, or name another file.',
  11: DAMAGED,
  13: FULL,
  14: UNWRITABLE,
  26: DAMAGED,
  // The memory that readers share is a file too, and did not get its size.
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

function gotFrom(cause: unknown): string {
  if (cause instanceof Unfit) return cause.message;
  const { errcode = -1, code = '' } = cause as { errcode?: number; code?: string };
  const known = FAULTS[errcode] ?? FAULTS[errcode & 0xff] ?? CODES[code];
  if (known !== undefined) return known;
  return `${cause instanceof Error ? cause.message : 'something unknown'}. Name another file.`;
}

/** Loaded for those who ask, and without the warning with which older Nodes greet everybody who does. */
function sqlite(): typeof import('node:sqlite') {
  const emitWarning = Reflect.get(process, 'emitWarning');
  process.emitWarning = () => undefined;
  try {
    return process.getBuiltinModule('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
}

function open(path: string, readOnly = false): DatabaseSync {
  const { DatabaseSync } = sqlite();
  return new DatabaseSync(path, { readOnly });
}

/** Made beside its place and then linked there: nobody ever finds half a file, and nobody's is overwritten. */
function make(path: string): void {
  if (existsSync(`${path}-wal`)) {
    throw new Unfit('the log of one, without the file itself. Put it back, or delete the log too to begin anew.');
  }
  const beside = `${path}.${process.pid}.new`;
  rmSync(beside, { force: true });
  try {
    // For its owner's eyes: conversations are in it.
    closeSync(openSync(beside, 'wx', 0o600));
    const database = open(beside);
    try {
      database.exec(TABLE);
    } finally {
      database.close();
    }
    linkSync(beside, path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
  } finally {
    for (const part of ['', '-wal', '-shm', '-journal']) rmSync(`${beside}${part}`, { force: true });
  }
}

/** Looks at the file's header and at its log, before SQLite may write anything. */
function inspect(path: string): void {
  const stat = statSync(path);
  if (stat.isDirectory()) throw new Unfit('a folder. Name a file in it.');
  if (!stat.isFile()) throw new Unfit('something that is no file. Name another one.');
  const header = Buffer.alloc(HEADER_BYTES);
  const descriptor = openSync(path, 'r');
  const length = readSync(descriptor, header);
  closeSync(descriptor);
  if (length === 0) throw new Unfit('an empty one. Delete it to begin anew, or name another file.');
  const foreign = header.toString('latin1', 0, 16) !== 'SQLite format 3\0' || header.readUInt32BE(68) !== APPLICATION;
  if (foreign) throw new Unfit("somebody else's. Name another file.");
  const version = header.readUInt32BE(60);
  if (version !== VERSION) throw new Unfit(`one of version ${version}, not ${VERSION}. Use the kit that wrote it.`);
  if (header.readUInt16BE(18) !== LOGGED) throw new Unfit(DAMAGED);
  // Without a log the file is whole by itself.
  const pages = header.readUInt32BE(28) * header.readUInt16BE(16);
  if (logged(path) === 0 ? stat.size < pages : !readable(readFileSync(`${path}-wal`))) throw new Unfit(DAMAGED);
  accessSync(path, constants.W_OK);
  // Root may write everywhere; what nobody is to write is left alone all the same.
  if ((stat.mode & 0o222) === 0) throw new Unfit(UNWRITABLE);
}

/** How many bytes wait in the log. */
function logged(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}

/** The file, found sound and ours alone. */
function locked(path: string): DatabaseSync {
  // What a killed process left in the log gets into the file when the file is closed; so one that may be damaged is
  // first opened for reading alone.
  if (logged(path) > 0) {
    const shared = existsSync(`${path}-shm`);
    const reader = open(path, true);
    try {
      sound(reader);
    } finally {
      reader.close();
      if (!shared) rmSync(`${path}-shm`, { force: true });
    }
  }
  const database = open(path);
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = NORMAL');
    sound(database);
    // Left by whoever died with it; who holds the lock alone needs no memory to share.
    rmSync(`${path}-shm`, { force: true });
    return database;
  } catch (cause) {
    database.close();
    throw cause;
  }
}

/** @throws {Unfit} unless every row is as it was written, and none is missing. */
function sound(database: DatabaseSync): void {
  // The whole check and not the quick one: a row that is missing from the table still stands in the index.
  const [first] = database.prepare('PRAGMA integrity_check(1)').all();
  if (first?.integrity_check !== 'ok') throw new Unfit(DAMAGED);
  for (const row of rows(database)) if (sumOf(row) !== row.sum) throw new Unfit(DAMAGED);
}

/** Oldest first. */
function rows(database: DatabaseSync): Iterable<Row> {
  const all = database.prepare('SELECT session, agent, at, turns, sum FROM exchange ORDER BY number');
  return all.iterate() as Iterable<unknown> as Iterable<Row>;
}

function stateIn(database: DatabaseSync, file: string): State {
  const add = database.prepare('INSERT INTO exchange (session, agent, at, turns, sum) VALUES (?, ?, ?, ?, ?)');
  const shorten = database.prepare(
    'DELETE FROM exchange WHERE number = (SELECT min(number) FROM exchange WHERE session = ?)',
  );
  const forget = database.prepare('DELETE FROM exchange WHERE session = ?');
  const forgetAll = database.prepare('DELETE FROM exchange');
  const written = (write: () => unknown): void => {
    try {
      write();
    } catch (cause) {
      throw new Error(`Failed to write ${file}: expected a file that takes sessions, got ${gotFrom(cause)}`, { cause });
    }
  };
  return {
    *entries() {
      for (const { session, agent, at, turns } of rows(database)) {
        yield { key: JSON.parse(session) as string, agent, at, exchange: JSON.parse(turns) as Exchange };
      }
    },
    add({ key, agent, at, exchange }: Entry) {
      const row = { session: JSON.stringify(key), agent, at, turns: JSON.stringify(exchange) };
      written(() => add.run(row.session, agent, at, row.turns, sumOf(row)));
    },
    shorten(key) {
      written(() => shorten.run(JSON.stringify(key)));
    },
    forget(key) {
      written(() => (key === undefined ? forgetAll.run() : forget.run(JSON.stringify(key))));
    },
    close() {
      database.close();
    },
  };
}
