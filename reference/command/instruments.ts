/**
 * The instruments of the command: `--journal`, `--lint`, `--control-port`, `--fault-header`. Without these flags nothing of
 * them is loaded.
 */

import type { Assembled, Parts } from '../adapters/assembly.ts';
import type { Replies } from '../backends/scripted/replies.ts';
import type { Journal } from '../journal/journal.ts';
import { journalFile } from './journal-file.ts';

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
  const kept = {
    ...(lint && { holdDoneMs: HOLD_DONE_MS }),
    ...(file !== undefined && { written: journalFile(file, print) }),
  };
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

async function lintAtExit(journal: Journal, print: (line: string) => void): Promise<void> {
  const { findingLines, lint } = await import('../journal/client-lint.ts');
  process.once('exit', (code) => {
    findingLines(journal).forEach(print);
    if (code === 0 && lint(journal).length > 0) process.exitCode = 1;
  });
}
