/**
 * The reference as each release: without its faults it keeps the contract of that release, with them it breaks what the
 * release breaks, and for the same reason. Judged by the requirements in which releases differ.
 */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cases } from '../chapters/index.ts';
import { OLDEST } from '../editions.ts';
import { judge } from '../judge.ts';
import { startEmbedded } from './embedded.ts';
import { waiversOf } from './waived.ts';
import type { Judged } from '../judge.ts';

const RELEASES = ['2026.2.1', '2026.2.26', '2026.3.13', '2026.3.24', '2026.5.28', '2026.7.1', '2026.9.6'];

const waivers = readdirSync(new URL('../../fixtures/waivers/', import.meta.url)).flatMap((file) => {
  const edition = /^openclaw-(.+)\.json5$/.exec(file)?.[1];
  return edition === undefined ? [] : waiversOf({ edition, build: false });
});
const waived = new Set(waivers.map(({ id }) => id));

/** Whether some release is known to break it, or it holds of some releases only. */
const differs = cases.filter(
  ({ id, since, until, mustSince }) =>
    waived.has(id) || since !== OLDEST || until !== undefined || mustSince !== undefined,
);

async function verdicts(edition: string, asReleased: boolean): Promise<Judged[]> {
  const embedded = await startEmbedded({ edition, asReleased });
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

describe.each(RELEASES)('the reference as %s', { timeout: 120_000 }, (edition) => {
  it('keeps the contract', async () => {
    const judged = await verdicts(edition, false);
    expect(judged.filter(among('fail', 'warn', 'error', 'stale')).map(reasonOf)).toEqual([]);
    expect(judged.filter(among('pass')).length).toBeGreaterThan(15);
  });

  it('breaks what the release breaks, when it is asked to', async () => {
    const judged = await verdicts(edition, true);
    expect(judged.filter(among('fail', 'warn', 'error', 'stale')).map(reasonOf)).toEqual([]);
    expect(judged.filter(among('waived')).length).toBeGreaterThan(3);
  });
});
