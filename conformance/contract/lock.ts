/** The frozen contract, `fixtures/contract.lock.json`: no requirement changes or is removed unannounced. Pure. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { matches } from '../judging/judge.ts';
import type { Case, Level, Requirement } from '../vocabulary/chapter.ts';

/** One row of the lock. */
export interface Frozen {
  readonly id: string;
  readonly level: Level;
  readonly since: string;
  readonly until?: string;
  readonly mustSince?: string;
  readonly keptSince?: string;
  /** The first 16 hexadecimal digits of the SHA-256 of the promise. */
  readonly says: string;
  /** Number of changes since it was first frozen; each needs a line in the changelog. */
  readonly changes?: number;
  /** Removed from the contract. Its id is never reused. */
  readonly retired?: true;
}

/**
 * The up-to-date lock: in the order of the contract, retired rows last.
 *
 * @param before the rows of the existing lock.
 */
export function frozen(before: readonly Frozen[], cases: readonly Case[]): Frozen[] {
  const known = new Map(before.map((row) => [row.id, row]));
  const living = cases.map((one): Frozen => {
    const now = entry(one);
    const row = known.get(one.id);
    if (!row) return now;
    const { changes = 0, ...was } = row;
    return withChanges(now, isDeepStrictEqual(was, now) ? changes : changes + 1);
  });
  const ids = new Set(cases.map(({ id }) => id));
  const gone = before
    .filter(({ id }) => !ids.has(id))
    .map((row): Frozen => (row.retired ? row : { ...withChanges(row, (row.changes ?? 0) + 1), retired: true }));
  return [...living, ...gone];
}

/** One line for each requirement with more changes than changelog lines, or with the id of a retired one. */
export function unannounced(before: readonly Frozen[], now: readonly Frozen[], changelog: string): string[] {
  const announced = namedIn(changelog);
  const retired = new Set(before.flatMap(({ id, retired: was }) => (was ? [id] : [])));
  return now.flatMap(({ id, changes = 0, retired: gone }) => {
    if (retired.has(id) && !gone) return [failure(id, 'a new id', 'that of a retired requirement')];
    const lines = announced(id);
    if (lines >= changes) return [];
    return [failure(id, `${changes} lines in CHANGELOG.md that name it, one for each change`, `${lines}`)];
  });
}

function entry({ id, level, since, until, mustSince, keptSince, says }: Requirement): Frozen {
  const digest = createHash('sha256').update(says).digest('hex').slice(0, 16);
  const dates = { since, ...(until && { until }), ...(mustSince && { mustSince }), ...(keptSince && { keptSince }) };
  return { id, level, ...dates, says: digest };
}

const withChanges = (row: Frozen, changes: number): Frozen => (changes > 0 ? { ...row, changes } : row);

/** Counts the lines that name an id in backticks: the id, its table's, or a pattern with `*`. A chapter is too general. */
function namedIn(changelog: string): (id: string) => number {
  const lines = changelog
    .split('\n')
    .map((line) => [...line.matchAll(/`([a-z]+\.[a-z0-9.*-]+)`/g)].map(([, id]) => id!));
  return (id) => {
    const chapter = id.split('.')[0]!;
    return lines.filter((patterns) => patterns.some((pattern) => matches({ id, chapter }, pattern))).length;
  };
}

const failure = (id: string, expected: string, got: string): string =>
  `Failed to freeze ${id}: expected ${expected}, got ${got}. Correct that first.`;
