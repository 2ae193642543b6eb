/** Compares the reference with each recorded release: differences are listed, and listed requests differ. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { compared, differenceText } from './comparison.ts';
import { readAnswered } from './recording-file.ts';
import { recorded } from './recording.ts';
import { requestsAt } from './requests.ts';
import { startReference } from './sides.ts';

const FILE = fileURLToPath(new URL('../../../fixtures/answered.json', import.meta.url));
const { usual, rows } = JSON.parse(readFileSync(FILE, 'utf8')) as { usual: object; rows: { id: string }[] };
const RELEASES = Object.keys(usual);

test('the file has answers to the requests alone', () => {
  const asked = new Set(RELEASES.flatMap((release) => requestsAt(release).map(({ id }) => id)));
  expect(rows.filter(({ id }) => !asked.has(id))).toEqual([]);
});

test.each(RELEASES)('the reference as %s gives the recorded answers', { timeout: 600_000 }, async (release) => {
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
