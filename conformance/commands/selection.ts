/** Which requirements a command is about, by `--only`. */
import { cases } from '../chapters/index.ts';
import { matches } from '../judging/judge.ts';
import { wrong } from './command-line.ts';
import { meant } from './nearest.ts';

/** What `--only` and `--explain` can name. */
const names = [...new Set(cases.flatMap(({ id, chapter }) => [id, chapter]))];

/** @throws {UsageError} when a pattern selects nothing. */
export function checkOnly(patterns: readonly string[]): void {
  const unknown = patterns.find((pattern) => !cases.some((one) => matches(one, pattern)));
  if (unknown !== undefined) throw wrong('--only', 'an id or a chapter', unknown, meantId(unknown), 'See --list.');
}

/** "Did you mean streaming.done?"; '' when no id and no chapter is near. */
export const meantId = (given: string): string => meant(given, names);
