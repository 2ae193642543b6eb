import { expect, test } from 'vitest';
import { PATIENCE, patienceWith } from './patience.ts';

test('a release that retries a rate-limited run for a minute gets more time, the others do not', () => {
  const patient = ['2026.7.2', '2026.8.1', '2026.8.2', '2026.9.2', '2026.6.35', '2026.7.33', '2026.7.35'];
  expect(patient.map(patienceWith)).toEqual(patient.map(() => 4 * PATIENCE));
  const others = ['2026.1.29', '2026.6.34', '2026.7.1', '2026.9.3', '2026.9.6', '2026.9.33'];
  expect(others.map(patienceWith)).toEqual(others.map(() => PATIENCE));
});
