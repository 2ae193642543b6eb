import { describe, expect, test } from 'vitest';
import { compareReleases, inForce } from './editions.ts';

describe('compareReleases', () => {
  test('releases are compared by number, not by character', () => {
    const releases = ['2026.9.6', '2026.1.30', '2026.2.1', '2026.7.1-2', '2026.7.1', '2026.10.1', '2026.2.26'];
    expect(releases.toSorted(compareReleases)).toEqual([
      '2026.1.30',
      '2026.2.1',
      '2026.2.26',
      '2026.7.1',
      '2026.7.1-2',
      '2026.9.6',
      '2026.10.1',
    ]);
  });

  test('a text that is no release is refused', () => {
    expect(() => compareReleases('latest', '2026.1.1')).toThrow('expected a form like 2026.9.6, got latest');
  });
});

describe('inForce', () => {
  test('a promise is in force from since on, and no longer at until', () => {
    const promise = { since: '2026.3.24', until: '2026.5.28' };
    expect(['2026.3.23', '2026.3.24', '2026.5.27', '2026.5.28'].map((edition) => inForce(promise, edition))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});
