/** Which releases on npm are newer than those that the kit was dated by. Pure. */
import { compareReleases, isRelease, lineOf, nearestTo } from '../../editions.ts';

/** A release, and the known one that it is held against. */
export interface Newer {
  readonly version: string;
  readonly before: string;
}

/**
 * The newest release of the main line and of each maintenance line, where the kit knows none as new.
 *
 * @param versions as they are published, in any order; what is no final release counts for nothing.
 * @param known the releases that were judged before.
 */
export function newerThan(known: readonly string[], versions: readonly string[]): Newer[] {
  const finals = versions.filter(isRelease).toSorted(compareReleases);
  return [...new Set(finals.map(lineOf))].flatMap((line) => {
    const version = finals.findLast((one) => lineOf(one) === line)!;
    const before = nearestTo(version, known.filter(isRelease));
    return before === undefined || before === version ? [] : [{ version, before }];
  });
}
