import { expect, test } from 'vitest';
import { PATIENCE, patienceWith } from './patience.ts';

test('a release that retries a rate-limited run for a minute gets more time, the others do not', () => {
  expect(['2026.8.1', '2026.8.2', '2026.9.2'].map(patienceWith)).toEqual([120_000, 120_000, 120_000]);
  expect(['2026.1.29', '2026.7.35', '2026.9.3', '2026.9.6'].map(patienceWith)).toEqual(Array(4).fill(PATIENCE));
});
