/** The file of `--journal`: a line of JSON for each request that has ended. */

import { fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import type { JournalOptions } from '../journal/journal.ts';

/** More requests than this do not wait for the file. */
const WAITING = 64;
/** How long lines are made in one turn of the event loop, in milliseconds. */
const TURN_MS = 5;

/**
 * Opens the file to add to. Requests that end in one turn of the event loop share a write, because making one line between
 * two calls costs more than twice as much as making it after another line. What is left when the process ends is written
 * then.
 *
 * @param print Takes one line when requests cannot be written, and one when they can again.
 * @returns Takes the JSON of requests that have ended.
 * @throws {Error} in one line, when the file cannot be written to.
 */
export function journalFile(file: string, print: (line: string) => void): NonNullable<JournalOptions['written']> {
  const add = adding(file, print);
  let waiting: (() => string)[] = [];
  const write = (most: number, ms: number): void => {
    const end = performance.now() + ms;
    const lines: string[] = [];
    while (lines.length < waiting.length && (waiting.length - lines.length > most || performance.now() < end)) {
      lines.push(`${waiting[lines.length]!()}\n`);
    }
    waiting = waiting.slice(lines.length);
    if (lines.length > 0) add(lines);
  };
  const turn = (): void => {
    write(WAITING, TURN_MS);
    if (waiting.length > 0) setImmediate(turn);
  };
  let ending = false;
  process.once('exit', () => {
    ending = true;
    write(0, 0);
  });
  return (json) => {
    // No turn comes after the last one.
    if (waiting.push(json) === 1 && !ending) setImmediate(turn);
    if (ending) write(0, 0);
  };
}

/** Adds whole lines to a file as far as the disk has room for them. */
function adding(file: string, print: (line: string) => void): (lines: readonly string[]) => void {
  let to: number;
  try {
    // Only the owner may read what people say to their agents.
    to = openSync(file, 'a', 0o600);
  } catch (cause) {
    throw notWritten(file, cause, 'Name another one.');
  }
  /** The number of requests that the file lacks since it was last written. */
  let missing = 0;
  return (lines) => {
    const bytes = Buffer.from(lines.join(''));
    let done = 0;
    try {
      while (done < bytes.length) done += writeSync(to, bytes, done);
      if (missing > 0) print(`The journal ${file} is written again. Requests that it lacks: ${missing}.`);
      missing = 0;
    } catch (cause) {
      // A full disk must not stop the gateway, and may have room again.
      if (missing === 0) print(notWritten(file, cause, 'Requests are left out until it can be.').message);
      const written = bytes.subarray(0, done);
      const whole = written.lastIndexOf('\n') + 1;
      missing += lines.length - linesIn(written);
      if (done > whole) shorten(to, done - whole);
    }
  };
}

function linesIn(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf('\n'); at !== -1; at = bytes.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

/** Removes the front of a line that the disk had no room for. */
function shorten(file: number, bytes: number): void {
  try {
    ftruncateSync(file, fstatSync(file).size - bytes);
  } catch {
    // A pipe, or another target that is not a file, keeps what it has taken.
  }
}

function notWritten(file: string, cause: unknown, mend: string): Error {
  const got = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an error';
  return new Error(`Failed to write the journal ${file}: expected a file to add to, got ${got}. ${mend}`, { cause });
}
