/**
 * The instruments of the command: `--journal`, `--lint`, `--control-port`, `--fault-header`. Without these flags nothing of
 * them is loaded.
 */

import { fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import type { Assembled, Parts } from '../adapters/assembly.ts';
import type { Replies } from '../backends/scripted/replies.ts';
import type { Journal, JournalOptions } from '../journal/journal.ts';

/** The flags of the command. */
export interface InstrumentFlags {
  /** A file that each request is added to when it has ended, as a line of JSON; made if it is not there. */
  readonly journal?: string | undefined;
  /** Whether findings about the client are printed at the end of the process, which then ends with 1 instead of 0. */
  readonly lint?: boolean | undefined;
  /** Whether clients may order a fault by a header. */
  readonly faultHeader?: boolean | undefined;
  /** Where the Control API listens; 0: any free port. */
  readonly controlPort?: number | undefined;
  /** On which address, and the secret that another one than this machine's takes. Default: 127.0.0.1 without a secret. */
  readonly controlHost?: string | undefined;
  readonly controlSecret?: string | undefined;
}

/** How long a client has to leave between the finish reason and [DONE], in milliseconds. */
const HOLD_DONE_MS = 50;

/**
 * The parts of the gateway that the flags switch on.
 *
 * @param print Takes one line when requests cannot be written, and one when they can again.
 * @throws {Error} in one line, when the file cannot be written to, or a flag stands without another.
 */
export function instruments(
  { journal: file, lint = false, faultHeader = false, controlPort, controlHost }: InstrumentFlags,
  print: (line: string) => void,
): Pick<Parts, 'faults' | 'journal'> {
  const controlled = controlPort !== undefined;
  if (controlHost !== undefined && !controlled) {
    throw new Error('Failed to read --control-host: expected --control-port beside it, got none. Add it.');
  }
  const kept = { ...(lint && { holdDoneMs: HOLD_DONE_MS }), ...(file !== undefined && written(file, print)) };
  return {
    faults: controlled || faultHeader ? { byHeader: faultHeader } : undefined,
    journal: controlled || lint || file !== undefined ? kept : undefined,
  };
}

/**
 * Opens what watches an assembled gateway: the findings at exit, the Control API.
 *
 * @returns Where the Control API is; undefined when it is not asked for.
 * @throws {Error} in one line, when the port is not free.
 */
export async function openInstruments(
  { lint = false, controlPort, controlHost: host, controlSecret: secret }: InstrumentFlags,
  { sessions, journal, faults, replies }: Omit<Assembled, 'gateway'> & { readonly replies?: Replies | undefined },
  print: (line: string) => void,
): Promise<string | undefined> {
  if (lint && journal) await lintAtExit(journal, print);
  if (controlPort === undefined || journal === undefined || faults === undefined) return undefined;
  const { openControl } = await import('../adapters/control.ts');
  const { url } = await openControl({ sessions, replies, journal, faults }, controlPort, print, { host, secret });
  return url;
}

function written(file: string, print: (line: string) => void): JournalOptions {
  let to: number;
  try {
    // Only the owner may read what people say to their agents.
    to = openSync(file, 'a', 0o600);
  } catch (cause) {
    throw notWritten(file, cause, 'Name another one.');
  }
  /** The number of requests that the file lacks since it was last written. */
  let missing = 0;
  return {
    written: (json) => {
      const line = Buffer.from(`${json}\n`);
      let done = 0;
      try {
        while (done < line.length) done += writeSync(to, line, done);
        if (missing > 0) print(`The journal ${file} is written again. Requests that it lacks: ${missing}.`);
        missing = 0;
      } catch (cause) {
        // A full disk must not stop the gateway, and may have room again.
        if (missing === 0) print(notWritten(file, cause, 'Requests are left out until it can be.').message);
        missing += 1;
        if (done > 0) shorten(to, done);
      }
    },
  };
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

async function lintAtExit(journal: Journal, print: (line: string) => void): Promise<void> {
  const { findingLines, lint } = await import('../journal/client-lint.ts');
  process.once('exit', (code) => {
    findingLines(journal).forEach(print);
    if (code === 0 && lint(journal).length > 0) process.exitCode = 1;
  });
}
