/**
 * Editions of the contract, each named after the OpenClaw release that it describes. Releases are calendar versions like
 * `2026.9.6`, some with a rebuild number, `2026.7.1-2`.
 */

import dated from '../fixtures/releases.json' with { type: 'json' };

/** Those that the contract was dated by, the oldest first. */
export const EDITIONS: readonly string[] = dated.releases;
/** The first release whose documentation this kit covers. */
export const OLDEST = dated.releases[0]!;
/** The newest release against which the contract was dated; the default edition. */
export const NEWEST = dated.releases.at(-1)!;

/** In place of an edition: the newest that a gateway keeps. */
export const AUTO = 'auto';

const FORM = /^(\d{4})\.(\d{1,2})\.(\d{1,2})(?:-(\d{1,3}))?$/;

/** Whether a text has the form of a release. */
export function isRelease(text: string): boolean {
  return FORM.test(text);
}

/**
 * Negative when `a` is older than `b`, positive when newer, zero when equal.
 *
 * @throws {TypeError} when either is no release.
 */
export function compareReleases(a: string, b: string): number {
  const [left, right] = [FORM.exec(a), FORM.exec(b)];
  if (!left || !right)
    throw new TypeError(`Failed to compare releases: expected a form like 2026.9.6, got ${a} and ${b}.`);
  for (let part = 1; part <= 4; part++) {
    const difference = Number(left[part] ?? 0) - Number(right[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether a promise is in force in an edition: from `since` on, up to but not including `until`. */
export function inForce(promise: { since: string; until?: string | undefined }, edition: string): boolean {
  if (compareReleases(edition, promise.since) < 0) return false;
  return promise.until === undefined || compareReleases(edition, promise.until) < 0;
}
