import { expect, test } from 'vitest';
import published from '../../../fixtures/versions.json' with { type: 'json' };
import { BESIDE, EDITIONS } from '../../editions.ts';
import { newerThan } from './newer.ts';

const known = [...EDITIONS, ...BESIDE];

test('of what is published nothing is newer than what the kit was dated by', () => {
  expect(newerThan(known, published.versions)).toEqual([]);
});

test('the newest of each line is held against the known one before it in its line, else against its base', () => {
  const later = ['2026.10.1-beta.1', '2026.9.7', '2026.9.8', '2026.7.36', '2026.8.33', '2026.9.9-rc.1'];
  const found = newerThan(known, [...later, ...published.versions]);
  expect(found.toSorted((a, b) => a.version.localeCompare(b.version))).toEqual([
    { version: '2026.7.36', before: '2026.7.35' },
    { version: '2026.8.33', before: '2026.8.2' },
    { version: '2026.9.8', before: '2026.9.6' },
  ]);
});
