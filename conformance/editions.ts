/**
 * Editions of the contract, each named after the OpenClaw release that it describes. Releases are calendar versions like
 * `2026.9.6`, some with a number for a correction, `2026.7.1-2`.
 */

import dated from '../fixtures/releases.json' with { type: 'json' };

/** Those that the contract was dated by, the oldest first. */
export const EDITIONS: readonly string[] = dated.releases;
/** The first release whose documentation this kit covers. */
export const OLDEST = dated.releases[0]!;
/** The newest release against which the contract was dated; the default edition. */
export const NEWEST = dated.releases.at(-1)!;
/** Releases of maintenance lines and pre-releases that are judged beside them; they date nothing. */
export const BESIDE: readonly string[] = [...dated.lines, ...dated.prereleases];

/** In place of an edition: the newest that a gateway keeps. */
export const AUTO = 'auto';

/**
 * A version as it is published: a regular release `2026.7.1`, a correction of it `2026.7.1-2`, a pre-release `2026.7.2-beta.7`,
 * or a release of a maintenance line, which begins with patch 33: `2026.7.33` belongs to July, and is no later July release.
 */
const FORM = /^(\d{4})\.(\d{1,2})\.(\d{1,2})(?:-(?:(\d{1,3})|(alpha|beta|rc)\.(\d{1,3})))?$/;

/** The first patch of a maintenance line. */
const MAINTENANCE = 33;

/** Where something is in force in a maintenance line although `since` is later: by line, from which of its releases on. */
export type Lines = Readonly<Record<string, string>>;

/** Whether a text has the form of a final release, of any line. */
export const isRelease = (text: string): boolean => partsOf(text)?.stage === FINAL;

/** Whether a text has the form of a version before its final. */
export const isPrerelease = (text: string): boolean => (partsOf(text)?.stage ?? FINAL) < FINAL;

/** The maintenance line of a version, `2026.7` for `2026.7.33`; undefined on the main line. */
export function lineOf(version: string): string | undefined {
  const parts = partsOf(version);
  return parts !== undefined && parts.patch >= MAINTENANCE ? `${parts.year}.${parts.month}` : undefined;
}

/** The release that a version is or becomes: `2026.7.2` for `2026.7.2-beta.7`, itself for a final one. */
export const finalOf = (version: string): string =>
  isPrerelease(version) ? version.slice(0, version.indexOf('-')) : version;

/**
 * Negative when `a` is older than `b`, positive when newer, zero when equal: by number, a pre-release before its final and a
 * correction behind it. A maintenance line comes behind the releases of its month, whose contract it has.
 *
 * @throws {TypeError} when either is no version.
 */
export function compareReleases(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  if (!left || !right)
    throw new TypeError(`Failed to compare releases: expected a form like 2026.9.6, got ${a} and ${b}.`);
  return (
    left.year - right.year ||
    left.month - right.month ||
    left.patch - right.patch ||
    left.stage - right.stage ||
    left.count - right.count
  );
}

/** The order of tables: the main line, then each maintenance line by itself. */
export const compareByLine = (a: string, b: string): number => {
  const [left, right] = [lineOf(a), lineOf(b)];
  if ((left === undefined) !== (right === undefined)) return left === undefined ? -1 : 1;
  return compareReleases(a, b);
};

/**
 * Which of some releases a version is held against: itself, else the newest before it in its line, else the newest before it
 * on the main line. The main line never takes one of a maintenance line.
 */
export function nearestTo(version: string, releases: readonly string[]): string | undefined {
  const line = lineOf(version);
  const before = releases.filter((one) => compareReleases(one, version) <= 0).toSorted(compareReleases);
  const own = line === undefined ? undefined : before.findLast((one) => lineOf(one) === line);
  return own ?? before.findLast((one) => lineOf(one) === undefined);
}

/**
 * Whether a promise is in force in an edition: from `since` on, up to but not including `until`. Both are of the main line;
 * what a maintenance line got before says `lines`.
 */
export function inForce(
  promise: { since: string; until?: string | undefined; lines?: Lines | undefined },
  edition: string,
): boolean {
  const backported = promise.lines?.[lineOf(edition) ?? ''];
  if (backported !== undefined) return compareReleases(edition, backported) >= 0;
  if (compareReleases(edition, promise.since) < 0) return false;
  return promise.until === undefined || compareReleases(edition, promise.until) < 0;
}

const FINAL = 3;
const STAGES = ['alpha', 'beta', 'rc'];

interface Parts {
  readonly year: number;
  readonly month: number;
  readonly patch: number;
  /** Of a pre-release, less than `FINAL`. */
  readonly stage: number;
  /** Of the correction, or of the pre-release. */
  readonly count: number;
}

function partsOf(version: string): Parts | undefined {
  const [found, year, month, patch, correction, stage, count] = FORM.exec(version) ?? [];
  if (found === undefined) return undefined;
  return {
    year: Number(year),
    month: Number(month),
    patch: Number(patch),
    stage: stage === undefined ? FINAL : STAGES.indexOf(stage),
    count: Number(correction ?? count ?? 0),
  };
}
