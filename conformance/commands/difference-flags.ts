/** The command line of `npm run difference`. */
import { isRelease } from '../editions.ts';
import type { Flags } from '../lab/difference/difference.ts';
import { invocation } from '../reports/invocation.ts';
import { UsageError } from '../usage-error.ts';
import { readCommandLine, wrong, type CommandTable, type Flags as Table } from './command-line.ts';

const FLAGS = {
  release: { value: 'X', many: true, says: 'a release on npm, like 2026.9.6; repeatable' },
  only: {
    value: 'ID',
    many: true,
    says: 'only the requests of that id and all below it; repeatable, * matches anything',
  },
  save: { value: 'FILE', says: "add the release's answers to FILE" },
  recorded: { value: 'FILE', says: 'compare with the answers in FILE, without the release' },
} as const satisfies Table;

/** The command and its flags. */
export const DIFFERENCE = {
  invocation: invocation('difference'),
  says: `Sends the same requests to openclaw@X and to the reference as X, and prints the differences of their answers. Known differences are listed, with a reason, in fixtures/differences.json.`,
  flags: FLAGS,
  more: `Exit: 0 only listed differences, 1 another one, or a listed one that is gone, 2 wrong usage,
3 a release could not be installed, started or recorded.`,
} satisfies CommandTable;

/** @throws {UsageError} one line: an unknown flag, a wrong value, or no release. */
export function readDifferenceFlags(argv: readonly string[]): Flags {
  const { release, ...others } = readCommandLine(argv, DIFFERENCE).values;
  if (release.length === 0) throw new UsageError('Failed to compare: expected --release X, got none. See --help.');
  const odd = release.find((given) => !isRelease(given));
  if (odd !== undefined) throw wrong('--release', 'a release like 2026.9.6', odd);
  return { ...others, releases: [...new Set(release)] };
}
