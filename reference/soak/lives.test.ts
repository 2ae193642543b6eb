import { expect, test } from 'vitest';
import { survive } from './lives.ts';

test('after SIGKILL every acknowledged turn is stored, and no turn in part', { timeout: 120_000 }, async () => {
  const { kills, acknowledged, underway, lucky, ...faults } = await survive(
    { lives: 8, users: 6, longestMs: 200 },
    4711,
  );
  expect(faults).toEqual({ lost: 0, halves: 0 });
  expect(kills).toBe(8);
  // It was killed under load.
  expect(acknowledged).toBeGreaterThanOrEqual(8);
  expect(underway).toBeGreaterThanOrEqual(8);
  expect(lucky).toBeLessThanOrEqual(underway);
});
