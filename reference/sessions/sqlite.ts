/**
 * Sessions in an SQLite file.
 *
 * An answered exchange survives the death of the process at any moment: it is one row, hence one statement and one
 * commit, and is written before the last byte of the response. A long one is several rows, so that no statement takes
 * long; without the last of them it is none. The journal mode is a write-ahead log with `synchronous
 * = NORMAL`: a commit is one append, which the kernel holds when the statement returns, so a SIGKILL cannot undo it. A
 * power failure may lose the last commits but leaves the file valid; `FULL` would keep these too, at the price of a
 * disk sync per commit. The file is locked exclusively while the process lives, because two references with one file
 * would not see each other's sessions.
 *
 * A damaged file is refused before anything is written: `wal.ts` checks the log, SQLite's integrity check the structure
 * of the file, in which every row is stored twice (table and index), and a checksum of ours the content of each row.
 * Source: https://sqlite.org/wal.html, https://sqlite.org/pragma.html#pragma_synchronous
 */

import { closeSync, existsSync, linkSync, openSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { jsonSteps, turn } from '../steps.ts';
import { APPLICATION, inspect, logged, VERSION } from './header.ts';
import type { Exchange, State, StoredExchange } from './store.ts';
import { DAMAGED, gotFrom, Unfit } from './unfit.ts';

const TABLE = `
  CREATE TABLE exchange (
    number  INTEGER PRIMARY KEY,  -- ascending in the order of writing
    session TEXT    NOT NULL,     -- JSON: the key may hold what SQLite cannot store as text, such as an unpaired surrogate
    agent   TEXT    NOT NULL,
    at      INTEGER NOT NULL,     -- milliseconds since 1970
    part    INTEGER NOT NULL,     -- 1, 2, …, the last one negative: -1 is an exchange in one row
    turns   TEXT    NOT NULL,     -- JSON: [{"role","text"}, …], or a part of it
    sum     INTEGER NOT NULL      -- CRC-32 of the five above
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
  readonly part: number;
  readonly turns: string;
  readonly sum: number;
}

/** The length of the JSON in one row, in characters: writing it takes a few milliseconds. */
const PART = 256 * 1024;

function sumOf({ session, agent, at, part, turns }: Omit<Row, 'sum'>): number {
  return crc32(`${session}\n${agent}\n${at}\n${part}\n${turns}`);
}

/**
 * Opens a file of sessions, or creates it when it does not exist.
 *
 * @throws {Error} in one line, for a file that is damaged, of another program, in use, or not writable. Such a file is
 * not changed.
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

/** Loaded on first use, with the experimental warning of older Node versions suppressed. */
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

/**
 * Creates the file under a temporary name and links it to its own: no process sees half a file, and none is
 * overwritten.
 */
function make(path: string): void {
  if (existsSync(`${path}-wal`)) {
    throw new Unfit(
      'the log of one, without the file itself. Restore the file, or delete the log too to start without sessions.',
    );
  }
  const beside = `${path}.${process.pid}.new`;
  rmSync(beside, { force: true });
  try {
    // Readable by its owner alone, because it holds conversations.
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

/** Opens the file, locks it exclusively and checks it. */
function locked(path: string): DatabaseSync {
  // Closing the file moves into it what a killed process left in the log; so a file that may be damaged is first opened
  // read-only.
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
    // Left by a killed process; an exclusive lock needs no shared memory.
    rmSync(`${path}-shm`, { force: true });
    return database;
  } catch (cause) {
    database.close();
    throw cause;
  }
}

/** @throws {Unfit} when a row differs from what was written, or is missing. */
function sound(database: DatabaseSync): void {
  // The full check, not `quick_check`: only it compares the table with the index, which still has a row that the table
  // lost.
  const [first] = database.prepare('PRAGMA integrity_check(1)').all();
  if (first?.integrity_check !== 'ok') throw new Unfit(DAMAGED);
  for (const row of rows(database)) if (sumOf(row) !== row.sum) throw new Unfit(DAMAGED);
}

/** All rows, oldest first. */
function rows(database: DatabaseSync): Iterable<Row> {
  const all = database.prepare('SELECT session, agent, at, part, turns, sum FROM exchange ORDER BY number');
  return all.iterate() as Iterable<unknown> as Iterable<Row>;
}

function stateIn(database: DatabaseSync, file: string): State {
  const insert = database.prepare(
    'INSERT INTO exchange (session, agent, at, part, turns, sum) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const shorten = database.prepare(
    `DELETE FROM exchange WHERE session = ?1 AND number <=
      (SELECT min(number) FROM exchange WHERE session = ?1 AND part < 0)`,
  );
  /** What of an exchange is there without its last row: the newest rows of its session. */
  const unfinished = database.prepare(
    `DELETE FROM exchange WHERE session = ?1 AND number >
      (SELECT coalesce(max(number), 0) FROM exchange WHERE session = ?1 AND part < 0)`,
  );
  const forget = database.prepare('DELETE FROM exchange WHERE session = ?');
  const forgetAll = database.prepare('DELETE FROM exchange');
  const written = (write: () => unknown): void => {
    try {
      write();
    } catch (cause) {
      throw new Error(`Failed to write ${file}: expected a writable file of sessions, got ${gotFrom(cause)}`, {
        cause,
      });
    }
  };
  const add = (session: string, { agent, at }: StoredExchange, part: number, turns: string): void => {
    const sum = sumOf({ session, agent, at, part, turns });
    written(() => insert.run(session, agent, at, part, turns, sum));
  };
  const tidy = (session: string): void => {
    try {
      unfinished.run(session);
    } catch {
      // On a full disk it stays, and is still no exchange.
    }
  };
  const addLong = async (session: string, entry: StoredExchange, dropped: () => boolean): Promise<void> => {
    let [part, turns] = [1, ''];
    try {
      for (const piece of jsonSteps(entry.exchange)) {
        turns += piece;
        if (turns.length < PART) continue;
        add(session, entry, part, turns);
        [part, turns] = [part + 1, ''];
        await turn();
        if (dropped()) return tidy(session);
      }
      add(session, entry, -part, turns);
    } catch (cause) {
      tidy(session);
      throw cause;
    }
  };
  return {
    *entries() {
      const parts = new Map<string, string[]>();
      for (const { session, agent, at, part, turns } of rows(database)) {
        // A process that ended in the middle left an exchange without its last row.
        const before = Math.abs(part) === 1 ? [] : (parts.get(session) ?? []);
        parts.set(session, [...before, turns]);
        if (part > 0) continue;
        const json = parts.get(session)!.join('');
        parts.delete(session);
        yield { key: JSON.parse(session) as string, agent, at, exchange: JSON.parse(json) as Exchange };
      }
      for (const session of parts.keys()) tidy(session);
    },
    add(entry, dropped) {
      const session = JSON.stringify(entry.key);
      const length = entry.exchange.reduce((sum, { text }) => sum + text.length, 0);
      return length > PART ? addLong(session, entry, dropped) : add(session, entry, -1, JSON.stringify(entry.exchange));
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
