/** A trait has a history: what was so from which release on. */

import dated from '../../fixtures/releases.json' with { type: 'json' };

/** From this release on it is so; where that is written, or what was seen. */
export type Row = readonly [since: string, value: unknown, source: string];

/** The first release that the reference can be, and the last, which it is by default. */
export const OLDEST = dated.releases[0]!;
export const NEWEST = dated.releases.at(-1)!;

/** Where a release stands in time; NaN when it is no release, so that every comparison with it fails. */
export function ordinal(release: string): number {
  const [, year, month, day] = (/^(\d{4})\.(\d{1,2})\.(\d{1,2})$/.exec(release) ?? []).map(Number);
  return (Number(year) * 100 + Number(month)) * 100 + Number(day);
}
