import { expect, test } from 'vitest';
import { behaviour } from './editions.ts';
import { NEWEST, OLDEST } from './trait.ts';

test('without an edition it is the newest', () => {
  expect(behaviour()).toEqual(behaviour(NEWEST));
});

test('a change is in force from its release on', () => {
  expect(behaviour('2026.3.23').foreignModel).toBe('main');
  expect(behaviour('2026.3.24').foreignModel).toBe('refused');
  expect(behaviour('2026.4.2').foreignModel).toBe('refused');
  expect(behaviour(OLDEST)).toMatchObject({ bodyLimit: 1_048_576, usage: 'zeros', headers: {} });
});

test.each(['2026.1.28', '2026.9.7', '2027.1.1', '2026', 'latest', '', '2026.9.6-1'])('%j is no edition', (edition) => {
  expect(() => behaviour(edition)).toThrow(
    /^Failed to choose an edition: expected a release from 2026.1.29 to 2026.9.6/,
  );
});

test('what a maintenance line got is so from its release on, and not in the releases of the main line between', () => {
  const releases = ['2026.6.11', '2026.6.33', '2026.6.35', '2026.7.1', '2026.7.33', '2026.8.1'];
  expect(releases.filter((release) => behaviour(release).origins === 'refused')).toEqual([
    '2026.6.33',
    '2026.6.35',
    '2026.7.33',
    '2026.8.1',
  ]);
});
