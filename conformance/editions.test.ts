import { describe, expect, test } from 'vitest';
import published from '../fixtures/versions.json' with { type: 'json' };
import {
  BESIDE,
  EDITIONS,
  NEWEST,
  compareByLine,
  compareReleases,
  finalOf,
  inForce,
  isPrerelease,
  isRelease,
  lineOf,
  nearestTo,
} from './editions.ts';

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

describe('every version that was published', () => {
  const [unnumbered, ...versions] = published.versions;

  test('is a release or a pre-release, but for the first', () => {
    expect(unnumbered).toBe('0.0.1');
    expect(isRelease(unnumbered!)).toBe(false);
    expect(versions.filter((one) => isRelease(one) === isPrerelease(one))).toEqual([]);
    expect(versions.filter(isPrerelease)).toHaveLength(41);
    expect(
      versions
        .filter(isPrerelease)
        .map(finalOf)
        .filter((one) => !isRelease(one)),
    ).toEqual([]);
  });

  test('has one place in the order, from either side', () => {
    const sorted = versions.toSorted(compareReleases);
    expect(versions.toReversed().toSorted(compareReleases)).toEqual(sorted);
    expect(sorted[0]).toBe('2026.1.29');
    expect(sorted.at(-1)).toBe('2026.9.6');
    const from = (first: string, count: number): string[] => sorted.slice(sorted.indexOf(first)).slice(0, count);
    expect(from('2026.2.2', 4)).toEqual(['2026.2.2', '2026.2.2-3', '2026.2.3', '2026.2.3-1']);
    expect(from('2026.6.11-beta.2', 5)).toEqual([
      '2026.6.11-beta.2',
      '2026.6.11',
      '2026.6.33',
      '2026.6.34',
      '2026.6.35',
    ]);
    expect(from('2026.7.1-beta.6', 5)).toEqual([
      '2026.7.1-beta.6',
      '2026.7.1',
      '2026.7.1-1',
      '2026.7.1-2',
      '2026.7.2-beta.1',
    ]);
    expect(from('2026.7.35', 2)).toEqual(['2026.7.35', '2026.8.1-beta.1']);
  });

  test('is of the main line unless its patch is 33 or more', () => {
    expect(versions.filter((one) => lineOf(one) !== undefined)).toEqual([
      '2026.6.33',
      '2026.6.34',
      '2026.6.35',
      '2026.7.33',
      '2026.7.34',
      '2026.7.35',
    ]);
    expect(lineOf('2026.7.34')).toBe('2026.7');
  });

  test('stands in a table behind the main line when it is of a maintenance line', () => {
    expect(versions.toSorted(compareByLine).slice(-7)).toEqual(['2026.9.6', ...versions.filter((one) => lineOf(one))]);
  });

  test('is held against the release before it in its line, else against its base', () => {
    const finals = versions.filter(isRelease);
    const before = (version: string): string | undefined =>
      nearestTo(
        version,
        finals.filter((one) => one !== version),
      );
    expect(['2026.6.33', '2026.6.34', '2026.7.33', '2026.7.2-beta.7', '2026.8.1', '2026.7.1'].map(before)).toEqual([
      '2026.6.11',
      '2026.6.33',
      '2026.7.1-2',
      '2026.7.1-2',
      '2026.7.1-2',
      '2026.6.11',
    ]);
    expect(before('2026.1.29')).toBeUndefined();
  });
});

test('editions are releases of the main line, the newest last, and what is judged beside them is none', () => {
  expect(EDITIONS.filter((one) => !isRelease(one) || lineOf(one) !== undefined)).toEqual([]);
  expect(EDITIONS).toEqual(EDITIONS.toSorted(compareReleases));
  expect(NEWEST).toBe(EDITIONS.at(-1));
  expect(BESIDE.filter((one) => isRelease(one) && lineOf(one) === undefined)).toEqual([]);
  expect(BESIDE.filter((one) => !published.versions.includes(one))).toEqual([]);
});

test('what a maintenance line got is in force from there on in that line alone', () => {
  const promise = { since: '2026.8.1', lines: { '2026.6': '2026.6.33', '2026.7': '2026.7.34' } };
  const editions = [
    '2026.6.11',
    '2026.6.33',
    '2026.6.35',
    '2026.7.1',
    '2026.7.1-2',
    '2026.7.33',
    '2026.7.34',
    '2026.8.1',
  ];
  expect(editions.filter((edition) => inForce(promise, edition))).toEqual([
    '2026.6.33',
    '2026.6.35',
    '2026.7.34',
    '2026.8.1',
  ]);
});
