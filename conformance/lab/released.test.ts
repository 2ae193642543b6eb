/**
 * The reference as each release: without the release's mistakes it keeps the contract of that edition, with them it fails
 * the requirements that the release fails, for the same reason. Judged by the requirements in which releases differ.
 */
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cases } from '../chapters/index.ts';
import { OLDEST } from '../editions.ts';
import { judge, type Judged } from '../judging/judge.ts';
import { startEmbedded } from './embedded.ts';
import { waiversOf } from './release-waivers.ts';

const RELEASES = ['2026.2.1', '2026.2.26', '2026.3.13', '2026.3.24', '2026.5.28', '2026.7.1', '2026.9.6'];

const allWaivers = readdirSync(new URL('../../fixtures/waivers/', import.meta.url)).flatMap((file) => {
  const edition = /^openclaw-(.+)\.json5$/.exec(file)?.[1];
  return edition === undefined ? [] : waiversOf({ edition, build: false });
});
const waived = new Set(allWaivers.map(({ id }) => id));

/** The requirements that some release fails, or that are in force for some releases only. */
const differs = cases.filter(
  ({ id, since, until, mustSince }) =>
    waived.has(id) || since !== OLDEST || until !== undefined || mustSince !== undefined,
);

/** In ms. Some releases never answer a session whose client left, and each such call costs as long. */
const PATIENCE = 12_000;

async function verdicts(edition: string, asReleased: boolean): Promise<Judged[]> {
  const embedded = await startEmbedded({ edition, asReleased, patience: PATIENCE });
  try {
    const { target, waivers } = embedded;
    return await Array.fromAsync(judge(differs, target, { waivers, concurrency: 16 }));
  } finally {
    await embedded.close();
  }
}

const reasonOf = ({ id, verdict, reason }: Judged): string => `${verdict} ${id}: ${reason}`;
const among =
  (...names: string[]) =>
  ({ verdict }: Judged): boolean =>
    names.includes(verdict);

describe.each(RELEASES)('the reference as %s', { timeout: 600_000 }, (edition) => {
  test('it keeps the contract of its edition', async () => {
    const judged = await verdicts(edition, false);
    expect(judged.filter(among('fail', 'warn', 'error', 'stale')).map(reasonOf)).toEqual([]);
    expect(judged.filter(among('pass')).length).toBeGreaterThan(15);
  });

  test('asReleased makes it fail the requirements that the release fails', async () => {
    const judged = await verdicts(edition, true);
    expect(judged.filter(among('fail', 'warn', 'error', 'stale')).map(reasonOf)).toEqual([]);
    expect(judged.filter(among('waived')).length).toBeGreaterThan(3);
  });
});
