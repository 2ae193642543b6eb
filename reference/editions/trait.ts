/** A trait has a history: what was so from which release on. */

import dated from '../../fixtures/releases.json' with { type: 'json' };

/**
 * From this release of the main line on it is so; where that is written, or what was seen; and in which maintenance lines it
 * was so before, each with its first release: `{ '2026.6': '2026.6.33' }`.
 */
export type Row = readonly [since: string, value: unknown, source: string, lines?: Readonly<Record<string, string>>];

/** The first release that the reference can be, and the last, which it is by default. */
export const OLDEST = dated.releases[0]!;
/** Releases behind it are taken for it. */
export const NEWEST = dated.releases.at(-1)!;

/** The first patch of a maintenance line, which belongs to its month: 2026.6.33 comes from 2026.6.11. */
const MAINTENANCE = 33;

/** Whether a row holds for a release, other rows behind it aside. */
export function isSo([since, , , lines = {}]: Row, release: string): boolean {
  const [line, patch] = [release.replace(/\.\d+$/, ''), Number(release.split('.')[2])];
  const backported = patch >= MAINTENANCE ? lines[line] : undefined;
  return ordinal(backported ?? since) <= ordinal(release);
}

/** Where a release stands in time; NaN when it is no release, so that every comparison with it fails. */
export function ordinal(release: string): number {
  const [, year, month, day] = (/^(\d{4})\.(\d{1,2})\.(\d{1,2})$/.exec(release) ?? []).map(Number);
  return (Number(year) * 100 + Number(month)) * 100 + Number(day);
}
