/**
 * A contract edition is named by the OpenClaw release that it describes. Releases are calendar versions,
 * `2026.9.6`, some with a rebuild number, `2026.7.1-2`.
 */

/** The first release whose documentation this kit covers. */
export const OLDEST = '2026.1.29';
/** The newest release that the contract was dated against; the default edition. */
export const NEWEST = '2026.9.6';

const FORM = /^(\d{4})\.(\d{1,2})\.(\d{1,2})(?:-(\d{1,3}))?$/;

export function isRelease(text: string): boolean {
  return FORM.test(text);
}

/** Negative when `a` came out before `b`, zero when they are the same release. */
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

/** A promise holds from `since` up to, and not including, `until`. */
export function inForce(promise: { since: string; until?: string | undefined }, edition: string): boolean {
  if (compareReleases(edition, promise.since) < 0) return false;
  return promise.until === undefined || compareReleases(edition, promise.until) < 0;
}
