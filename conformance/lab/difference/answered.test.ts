/** The reference as each release that was recorded: what is answered in two ways is listed, and what is listed differs. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readAnswered } from './answered.ts';
import { compared, differenceText } from './compared.ts';
import { recorded } from './recording.ts';
import { requestsAt } from './requests.ts';
import { startReference } from './sides.ts';

const FILE = fileURLToPath(new URL('../../../fixtures/answered.json', import.meta.url));
const { usual, rows } = JSON.parse(readFileSync(FILE, 'utf8')) as { usual: object; rows: { id: string }[] };
const RELEASES = Object.keys(usual);

it('holds an answer to nothing but the requests', () => {
  const asked = new Set(RELEASES.flatMap((release) => requestsAt(release).map(({ id }) => id)));
  expect(rows.filter(({ id }) => !asked.has(id))).toEqual([]);
});

it.each(RELEASES)('the reference as %s answers as it did', { timeout: 120_000 }, async (release) => {
  const wanted = requestsAt(release);
  const real = await readAnswered(FILE, release, wanted);
  const requests = wanted.filter(({ id }) => real[id] !== undefined);
  expect(requests.length).toBeGreaterThanOrEqual(250);
  const side = await startReference(release, [...new Set(requests.map(({ deployment }) => deployment))]);
  try {
    const { unlisted, stale } = compared(release, requests, real, await recorded(requests, side));
    expect(unlisted.map((one) => differenceText(one, release)).join('\n\n')).toBe('');
    expect(stale).toEqual([]);
  } finally {
    await side.close();
  }
});
