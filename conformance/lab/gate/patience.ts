/** The time that the gate allows for one exchange with a release. */
import { compareReleases } from '../../editions.ts';

/** Default, in ms. */
export const PATIENCE = 30_000;

/**
 * The time for a release, in ms. From 2026.8.1 until 2026.9.3 a run that the model provider answers with 429 is tried
 * four times, 10, 20 and 30 s apart, before the client gets a response, and no setting changes that.
 *
 * @param edition of the release.
 */
export const patienceWith = (edition: string): number =>
  compareReleases(edition, '2026.8.1') >= 0 && compareReleases(edition, '2026.9.3') < 0 ? 4 * PATIENCE : PATIENCE;
