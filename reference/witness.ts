/**
 * What `--journal`, `--lint`, `--control-port` and `--fault-header` switch on. Whoever asks for none of them loads none of it.
 */

import { closeSync, openSync, writeSync } from 'node:fs';
import type { Replies } from './backends/replies.ts';
import type { Faults } from './faults.ts';
import type { Journal, JournalOptions } from './journal.ts';
import type { Sessions } from './sessions.ts';

export interface Asked {
  /** A file that each request is added to when it has ended, as a line of JSON; made if it is not there. */
  readonly journal?: string | undefined;
  /** Whether findings about the client are printed at the end of the process, which then ends with 1 instead of 0. */
  readonly lint?: boolean | undefined;
  /** Whether callers may ask for a fault by a header. */
  readonly faultHeader?: boolean | undefined;
  /** Where the Control API listens; 0: any free port. */
  readonly controlPort?: number | undefined;
}

export interface Witness {
  /** For `createGateway`, as the next one. */
  readonly journal?: Journal;
  readonly faults?: Faults;
  /** Where the Control API is. */
  readonly control?: string;
}

/** So long a client has to be seen leaving between the finish reason and [DONE], in milliseconds. */
const HOLD_DONE_MS = 50;

/**
 * @param house What there is to control.
 * @throws {Error} in one line, when the file cannot be written to or the port is not free.
 */
export async function witness(
  { journal: file, lint = false, faultHeader = false, controlPort }: Asked,
  house: {
    readonly sessions: Sessions;
    readonly replies?: Replies | undefined;
    readonly print: (line: string) => void;
  },
): Promise<Witness> {
  const controlled = controlPort !== undefined;
  const { print } = house;
  const faults =
    controlled || faultHeader ? new (await import('./faults.ts')).Faults({ byHeader: faultHeader }) : undefined;
  if (file === undefined && !lint && !controlled) return faults === undefined ? {} : { faults };
  const { Journal } = await import('./journal.ts');
  const options = { ...(lint && { holdDoneMs: HOLD_DONE_MS }), ...(file !== undefined && written(file, print)) };
  const journal = new Journal(options);
  if (lint) await lintAtExit(journal, print);
  if (faults === undefined) return { journal };
  if (!controlled) return { journal, faults };
  const { openControl } = await import('./control.ts');
  const { url } = await openControl({ ...house, journal, faults }, controlPort, print);
  return { journal, faults, control: url };
}

function written(file: string, print: (line: string) => void): JournalOptions {
  let to: number | undefined;
  try {
    // What people say to their agents is nobody else's business.
    to = openSync(file, 'a', 0o600);
  } catch (cause) {
    throw notWritten(file, cause);
  }
  return {
    ended: (entry) => {
      if (to === undefined) return;
      try {
        writeSync(to, `${JSON.stringify(entry)}\n`);
      } catch (cause) {
        // A disk that is full is no reason to answer nobody.
        print(notWritten(file, cause).message);
        closeSync(to);
        to = undefined;
      }
    },
  };
}

function notWritten(file: string, cause: unknown): Error {
  const got = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an error';
  return new Error(`Failed to write the journal ${file}: expected a file to add to, got ${got}. Name another one.`, {
    cause,
  });
}

async function lintAtExit(journal: Journal, print: (line: string) => void): Promise<void> {
  const { findingLines, lint } = await import('./lint.ts');
  process.once('exit', (code) => {
    findingLines(journal).forEach(print);
    if (code === 0 && lint(journal).length > 0) process.exitCode = 1;
  });
}
