/** `npm run difference`: compares a real release with the reference as that release. */
import { isRelease } from '../editions.ts';
import { EXIT } from '../judging/verdict.ts';
import { LISTED, type Listed } from '../lab/difference/comparison.ts';
import { recordAll, compareAll, say, type Flags } from '../lab/difference/difference.ts';
import { releaseCandidate, type Candidate } from '../lab/releases/candidates.ts';
import { isolated } from '../lab/releases/isolated.ts';
import { UsageError } from '../usage-error.ts';
import { readArgv } from './usage.ts';

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
    if (flags.recorded !== undefined) return await compareAll(flags, '', listed);
    return await isolated({
      again: [...self, ...argv],
      say,
      prepare: () => installedAll(flags.releases),
      run: (candidates, folder) => recordAll(flags, candidates, folder),
      conclude: (folder) => compareAll(flags, folder, listed),
    });
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    process.stderr.write(`${cause.message}\n`);
    return EXIT.usage;
  }
}

async function installedAll(releases: readonly string[]): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  for (const release of releases) candidates.push(await releaseCandidate(release, say));
  return candidates;
}

function readFlags(argv: readonly string[]): Flags | undefined {
  const values = readArgv(argv, { options: OPTIONS }).values;
  if (values.help) return undefined;
  const { release: releases = [], only = [], save } = values;
  if (releases.length === 0) throw new UsageError('Failed to compare: expected --release X, got none. See --help.');
  const odd = releases.find((given) => !isRelease(given));
  if (odd !== undefined) {
    throw new UsageError(`Failed to read --release: expected a release like 2026.9.6, got "${odd}". See --help.`);
  }
  return { releases: [...new Set(releases)], only, save, recorded: values.recorded };
}

const TEXT = { type: 'string' } as const;
const TEXTS = { type: 'string', multiple: true } as const;
const OPTIONS = {
  release: TEXTS,
  only: TEXTS,
  save: TEXT,
  recorded: TEXT,
  help: { type: 'boolean', short: 'h' },
} as const;

function print(text: string): number {
  say(text);
  return EXIT.good;
}
