/** A real release and the reference as that release, asked the same: what each answered, and a table of it. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '../../judging/verdict.ts';
import { fits } from '../../judging/wildcard.ts';
import { UsageError } from '../../usage-error.ts';
import type { Candidate } from '../releases/candidates.ts';
import type { Request } from './call.ts';
import { compared, differenceText, type Comparison, type Listed } from './comparison.ts';
import { readAnswered, writeAnswered } from './recording-file.ts';
import { recorded, type Recording } from './recording.ts';
import { requestsAt } from './requests.ts';
import { startReal, startReference, type Side } from './sides.ts';

/**
 * What is compared: releases, and ids of requests (all of them when `only` is empty). `save` and `recorded` are files of
 * answers.
 */
export interface Flags {
  readonly releases: readonly string[];
  readonly only: readonly string[];
  readonly save: string | undefined;
  readonly recorded: string | undefined;
}

/** Inside the namespace: records one release after the other, and writes the answers of each to the folder. */
export async function recordAll(flags: Flags, candidates: readonly Candidate[], folder: string): Promise<number> {
  for (const candidate of candidates) {
    const { name } = candidate;
    const began = performance.now();
    try {
      const requests = requestsWanted(name, flags);
      const side = await startReal(candidate, deploymentsOf(requests), folder);
      const started = performance.now();
      const recording = await recordedFrom(side, requests, (done, of) => {
        if (done % 100 === 0) say(`${name}: ${done} of ${of} requests`);
      });
      await writeAnswered(fileIn(folder, name), name, requests, recording);
      const seconds = [started - began, performance.now() - started].map((ms) => Math.round(ms / 1000));
      say(`${name}: ready after ${seconds[0]} s, recorded in ${seconds[1]} s`);
    } catch (cause) {
      say(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }
  return EXIT.good;
}

/**
 * Compares what was recorded with the reference as that release, prints what differs and is not listed, and a table.
 *
 * @returns the exit code: 0 when all that differs is listed, and all that is listed differs.
 */
export async function compareAll(flags: Flags, folder: string, listed: readonly Listed[]): Promise<number> {
  const comparisons: Comparison[] = [];
  for (const release of flags.releases) {
    const wanted = requestsWanted(release, flags);
    const file = flags.recorded ?? fileIn(folder, release);
    if (flags.recorded === undefined && !existsSync(file)) continue;
    const real = await readAnswered(file, release, wanted);
    const requests = wanted.filter(({ id }) => real[id] !== undefined);
    if (flags.save !== undefined) await writeAnswered(flags.save, release, requests, real);
    const side = await startReference(release, deploymentsOf(requests));
    const comparison = compared(release, requests, real, await recordedFrom(side, requests), listed);
    for (const one of comparison.unlisted) say(`${differenceText(one, release)}\n`);
    for (const row of comparison.stale) {
      const mend = 'Remove it from fixtures/differences.json.';
      say(`${row.id} at ${release} is listed but no longer differs: ${row.requests.join(', ')}. ${mend}\n`);
    }
    comparisons.push(comparison);
  }
  say(tableOf(comparisons));
  if (comparisons.some(({ unlisted, stale }) => unlisted.length + stale.length > 0)) return EXIT.violated;
  return comparisons.length < flags.releases.length ? EXIT.unjudged : EXIT.good;
}

async function recordedFrom(
  side: Side,
  requests: readonly Request[],
  at?: (done: number, of: number) => void,
): Promise<Recording> {
  try {
    return await recorded(requests, side, at);
  } finally {
    await side.close();
  }
}

const fileIn = (folder: string, release: string): string => join(folder, `${release}.json`);

function deploymentsOf(requests: readonly Request[]): string[] {
  return [...new Set(requests.map(({ deployment }) => deployment))];
}

function requestsWanted(release: string, { only }: Flags): Request[] {
  // The id of a request, or the front of one.
  const isWanted = (id: string): boolean =>
    only.some((pattern) => fits(id, pattern) || fits(id, `${pattern}.*`) || fits(id, `${pattern}@*`));
  const wanted = requestsAt(release).filter(({ id }) => only.length === 0 || isWanted(id));
  if (wanted.length > 0) return wanted;
  throw new UsageError(`Failed to read --only: expected the id of a request, got "${only.join('", "')}". See --help.`);
}

function tableOf(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ release, requests, identical, listed, unlisted, stale }) =>
    [release, requests, identical, listed, new Set(unlisted.map(({ request }) => request)).size, stale.length].map(
      String,
    ),
  );
  const head = ['release', 'requests', 'identical', 'listed', 'other', 'stale'];
  const lines = [head, ...rows].map((row) => row.map((cell, at) => (at === 0 ? cell.padEnd(12) : cell.padStart(10))));
  return lines.map((line) => line.join('')).join('\n');
}

/** Prints a line. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
