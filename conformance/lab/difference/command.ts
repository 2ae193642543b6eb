/** `npm run difference`: a real release and the reference as that release, asked the same. */
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError } from '../../arguments.ts';
import { isRelease } from '../../editions.ts';
import { EXIT } from '../../verdict.ts';
import { releaseCandidate, type Candidate } from '../candidates.ts';
import { insideNamespace, isIsolated, namespaceTrouble } from '../namespace.ts';
import { readAnswered, writeAnswered } from './answered.ts';
import { LISTED, compared, differenceText, type Comparison, type Listed } from './compared.ts';
import { recorded, type Recording } from './recording.ts';
import { requestsAt } from './requests.ts';
import { startReal, startReference, type Side } from './sides.ts';
import type { Request } from './call.ts';

export const DIFFERENCE_HELP = `npm run difference -- --release X [--release Y …] [options]

Sends the same requests to openclaw@X and to the reference as X, and prints what is answered in two ways.
What is known to remain is listed, with a reason, in fixtures/differences.json.

  --release X     a release on npm, like 2026.9.6; repeatable
  --only ID       the requests of that id alone, or all below it; repeatable, * stands for anything
  --save FILE     keep there what the release answered, beside what others did
  --recorded FILE compare with what was kept there, without the release

Exit: 0 nothing but listed differences, 1 another one, or a listed one that is gone, 2 wrong usage,
3 a release could not be installed, started or asked.`;

/** Tells the inside of the namespace where it may write, and what is installed. */
const FOLDER = 'OPENCLAW_KIT_DIFFERENCE_FOLDER';

interface Flags {
  readonly releases: readonly string[];
  readonly only: readonly string[];
  readonly save: string | undefined;
  readonly recorded: string | undefined;
}

/**
 * @param self the command that starts this process again, for the inside of the namespace.
 * @param listed what is known to remain.
 */
export async function difference(
  argv: readonly string[],
  self: readonly string[],
  listed: readonly Listed[] = LISTED,
): Promise<number> {
  try {
    const flags = readFlags(argv);
    if (flags === undefined) return said(DIFFERENCE_HELP);
    const handed = process.env[FOLDER];
    if (handed !== undefined) return await recordAll(flags, handed);
    if (flags.recorded !== undefined) return await compareAll(flags, '', listed);
    return await withReal(flags, [...self, ...argv], listed);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return EXIT.usage;
  }
}

/** Outside: installs, because npm needs the network; the release is asked inside, and what it said compared out here. */
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

/** Inside: asks one release after the other; what one answered is written to the folder. */
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
      const recording = await askedOf(side, requests, (done, of) => {
        if (done % 100 === 0) say(`${name}: ${done} of ${of} requests`);
      });
      await writeAnswered(fileIn(folder, name), name, requests, recording);
      const seconds = [started - began, performance.now() - started].map((ms) => Math.round(ms / 1000));
      say(`${name}: ready after ${seconds[0]} s, asked for ${seconds[1]} s`);
    } catch (error) {
      say(`${name}: ${error instanceof Error ? error.message : String(error)}`);
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
    const comparison = compared(release, requests, real, await askedOf(side, requests), listed);
    for (const one of comparison.unlisted) say(`${differenceText(one, release)}\n`);
    for (const { id, requests } of comparison.stale) {
      const mend = 'Take it off fixtures/differences.json.';
      say(`${id} at ${release} is listed, and differs no more: ${requests.join(', ')}. ${mend}\n`);
    }
    comparisons.push(comparison);
  }
  say(tableOf(comparisons));
  if (comparisons.some(({ unlisted, stale }) => unlisted.length + stale.length > 0)) return EXIT.violated;
  return comparisons.length < flags.releases.length ? EXIT.unjudged : EXIT.good;
}

async function askedOf(
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
  const { release: releases = [], only = [], save, recorded } = values;
  if (releases.length === 0) throw new UsageError('Failed to compare: expected --release X, got none. See --help.');
  const odd = releases.find((given) => !isRelease(given));
  if (odd !== undefined) {
    throw new UsageError(`Failed to read --release: expected a release like 2026.9.6, got "${odd}". See --help.`);
  }
  return { releases: [...new Set(releases)], only, save, recorded };
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
  } catch (error) {
    const [sentence] = (error as Error).message.split('. ');
    throw new UsageError(`Failed to read the command line: ${sentence}. See --help.`);
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function said(text: string): number {
  say(text);
  return EXIT.good;
}
