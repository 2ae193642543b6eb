/** The time that the gate allows for one exchange with a release. */
import { inForce } from '../../editions.ts';

/** Default, in ms. */
export const PATIENCE = 30_000;

/** Whose runs are tried again when the provider answers 429: the pre-releases of 2026.7.2 did it first. */
const TRIED_AGAIN = {
  since: '2026.7.2',
  until: '2026.9.3',
  lines: { '2026.6': '2026.6.35', '2026.7': '2026.7.33' },
};

/**
 * The time for a release, in ms. From 2026.7.2 until 2026.9.3, and in maintenance lines, a run that the model provider
 * answers with 429 is tried four times, 10, 20 and 30 s apart, before the client gets a response, and no setting changes that.
 *
 * @param edition of the release.
 */
export const patienceWith = (edition: string): number => (inForce(TRIED_AGAIN, edition) ? 4 * PATIENCE : PATIENCE);
