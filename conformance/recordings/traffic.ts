/** A file of recorded traffic: a HAR, or a journal of the reference. */

import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { ENDPOINT } from '../dial/dial.ts';
import { UsageError } from '../usage-error.ts';
import type { Exchange } from '../wire/exchange.ts';
import { Har, harExchange } from './har.ts';
import { journalExchange } from './journal.ts';

/** The largest file, in bytes, and the most entries that are read. */
const MOST_BYTES = 128 * 1024 * 1024;
const MOST_ENTRIES = 100_000;

/** What a recording shows of the endpoint. */
export interface Traffic {
  /** All that the file has, other addresses too. */
  readonly entries: number;
  /** The calls of the endpoint that were answered, in the order of the file. */
  readonly calls: readonly Exchange[];
}

/**
 * Reads the calls of the chat endpoint.
 *
 * @param maxBytes of one answer; of a longer one the beginning is kept, and it is not judged as a whole.
 * @throws {UsageError} in one line, when the file is no such recording.
 */
export function readTraffic(path: string, maxBytes: number): Traffic {
  const text = textOf(path);
  const har = parsed(text);
  const read = Har.safeParse(har);
  const [entries, exchange] = read.success
    ? [read.data.log.entries, harExchange]
    : [linesOf(text) ?? refuse(path, har === undefined ? 'neither' : 'other JSON'), journalExchange];
  if (entries.length > MOST_ENTRIES) refuse(path, `${entries.length} entries, more than ${MOST_ENTRIES}`);
  const calls = entries.flatMap((entry, at) => {
    try {
      return exchange(entry, maxBytes) ?? [];
    } catch (cause) {
      if (!(cause instanceof z.ZodError)) throw cause;
      const [issue] = cause.issues;
      return refuse(path, `entry ${at + 1} with ${issue!.path.join('.') || 'its top'}: ${issue!.message}`);
    }
  });
  const ours = calls.filter(({ request }) => new URL(request.url).pathname.endsWith(ENDPOINT));
  return { entries: entries.length, calls: ours };
}

function textOf(path: string): string {
  try {
    const found = statSync(path);
    if (!found.isFile()) return refuse(path, found.isDirectory() ? 'a folder' : 'no file');
    if (found.size > MOST_BYTES) return refuse(path, `${found.size} bytes, more than ${MOST_BYTES}`);
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    return refuse(path, (cause as NodeJS.ErrnoException).code ?? 'an unreadable file');
  }
}

/** The lines of a journal as JSON; undefined when one of them is none. */
function linesOf(text: string): unknown[] | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const values = lines.map(parsed);
  const are = values.every((value) => typeof value === 'object' && value !== null && 'timings' in value);
  return are && values.length > 0 ? values : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refuse(path: string, got: string): never {
  throw new UsageError(
    `Failed to read traffic ${path}: expected a HAR 1.2 or a journal of the reference, got ${got}. Name another file.`,
  );
}
