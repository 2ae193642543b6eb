/** How long the gate waits for one exchange with a release. */
import { compareReleases } from '../editions.ts';

/** In ms. */
export const PATIENCE = 30_000;

/**
 * In ms. From 2026.8.1 until 2026.9.3 a run that the model provider limits is tried four times, 10, 20 and 30 s apart,
 * before its caller hears of it, and no setting says otherwise.
 *
 * @param edition of the release.
 */
export const patienceWith = (edition: string): number =>
  compareReleases(edition, '2026.8.1') >= 0 && compareReleases(edition, '2026.9.3') < 0 ? 4 * PATIENCE : PATIENCE;
