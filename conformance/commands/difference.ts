/** `npm run difference`: compares a real release with the reference as that release. */
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isRelease } from '../editions.ts';
import { EXIT } from '../judging/verdict.ts';
import type { Request } from '../lab/difference/call.ts';
import { LISTED, compared, differenceText, type Comparison, type Listed } from '../lab/difference/comparison.ts';
import { readAnswered, writeAnswered } from '../lab/difference/recording-file.ts';
import { recorded, type Recording } from '../lab/difference/recording.ts';
import { requestsAt } from '../lab/difference/requests.ts';
import { startReal, startReference, type Side } from '../lab/difference/sides.ts';
import { releaseCandidate, type Candidate } from '../lab/releases/candidates.ts';
import { insideNamespace, isIsolated, namespaceTrouble } from '../lab/releases/namespace.ts';
import { UsageError } from '../usage-error.ts';

/** The text of `--help`, without a final newline. */
export const DIFFERENCE_HELP = `npm run difference -- --release X [--release Y …] [options]

Sends the same requests to openclaw@X and to the reference as X, and prints the differences of their answers.
Known differences are listed, with a reason, in fixtures/differences.json.

  --release X     a release on npm, like 2026.9.6; repeatable
  --only ID       only the requests of that id and all below it; repeatable, * matches anything
  --save FILE     add the release's answers to FILE
  --recorded FILE compare with the answers in FILE, without the release

Exit: 0 only listed differences, 1 another one, or a listed one that is gone, 2 wrong usage,
3 a release could not be installed, started or recorded.`;

/** The environment variable that names the folder with `candidates.json` to the process in the namespace. */
const FOLDER = 'OPENCLAW_KIT_DIFFERENCE_FOLDER';

interface Flags {
  readonly releases: readonly string[];
  readonly only: readonly string[];
  readonly save: string | undefined;
  readonly recorded: string | undefined;
}

/**
 * Runs the command and prints to standard output and standard error.
 *
 * @param argv the flags.
 * @param self the command that starts this script again, for the process in the namespace.
 * @param listed the known differences. Default: `fixtures/differences.json`.
 * @returns the exit code.
 */
export async function difference(
  argv: readonly string[],
  self: readonly string[],
  listed: readonly Listed[] = LISTED,
): Promise<number> {
  try {
    const flags = readFlags(argv);
    if (flags === undefined) return print(DIFFERENCE_HELP);
    const handed = process.env[FOLDER];
    if (handed !== undefined) return await recordAll(flags, handed);
    if (flags.recorded !== undefined) return await compareAll(flags, '', listed);
    return await withReal(flags, [...self, ...argv], listed);
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    process.stderr.write(`${cause.message}\n`);
    return EXIT.usage;
  }
}

/** Outside the namespace: installs, because npm needs the network, records inside it, and compares outside. */
async function withReal(flags: Flags, again: readonly string[], listed: readonly Listed[]): Promise<number> {
  const trouble = isIsolated() ? undefined : namespaceTrouble();
  if (trouble !== undefined) {
    say(`Failed to isolate the gateways: expected a loopback-only network namespace, got "${trouble}".`);
    return EXIT.unjudged;
  }
  const candidates: Candidate[] = [];
  for (const release of flags.releases) candidates.push(await releaseCandidate(release, say));
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-difference-'));
  const tidy = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.once('exit', tidy);
  try {
    await writeFile(join(folder, 'candidates.json'), JSON.stringify(candidates));
    process.env[FOLDER] = folder;
    await once(insideNamespace(again), 'exit');
    return await compareAll(flags, folder, listed);
  } finally {
    delete process.env[FOLDER];
    tidy();
  }
}

/** Inside the namespace: records one release after the other, and writes the answers of each to the folder. */
async function recordAll(flags: Flags, folder: string): Promise<number> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(EXIT.unjudged));
  }
  const candidates = JSON.parse(await readFile(join(folder, 'candidates.json'), 'utf8')) as Candidate[];
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

async function compareAll(flags: Flags, folder: string, listed: readonly Listed[]): Promise<number> {
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
  const patterns = only.map((pattern) => {
    const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}(?:[.@]|$)`);
  });
  const wanted = requestsAt(release).filter(({ id }) => only.length === 0 || patterns.some((each) => each.test(id)));
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

function readFlags(argv: readonly string[]): Flags | undefined {
  const values = parsed(argv);
  if (values.help) return undefined;
  const { release: releases = [], only = [], save } = values;
  if (releases.length === 0) throw new UsageError('Failed to compare: expected --release X, got none. See --help.');
  const odd = releases.find((given) => !isRelease(given));
  if (odd !== undefined) {
    throw new UsageError(`Failed to read --release: expected a release like 2026.9.6, got "${odd}". See --help.`);
  }
  return { releases: [...new Set(releases)], only, save, recorded: values.recorded };
}

function parsed(argv: readonly string[]) {
  try {
    const texts = { type: 'string', multiple: true } as const;
    const text = { type: 'string' } as const;
    const options = {
      release: texts,
      only: texts,
      save: text,
      recorded: text,
      help: { type: 'boolean', short: 'h' },
    } as const;
    return parseArgs({ args: [...argv], options, allowPositionals: false }).values;
  } catch (cause) {
    const [sentence] = (cause as Error).message.split('. ');
    throw new UsageError(`Failed to read the command line: ${sentence}. See --help.`);
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function print(text: string): number {
  say(text);
  return EXIT.good;
}
