/** A sample of the proof; the whole is `npm run proof`. */

import { expect, test } from 'vitest';
import { cases } from '../chapters/index.ts';
import { NEWEST } from '../editions.ts';
import { catalogueOf } from './catalogue.ts';
import { LAWFUL } from './lawful.ts';
import { NULLS } from './nulls.ts';
import { prove } from './proof.ts';

const PATIENCE = 240_000;
const catalogue = catalogueOf(cases);

test('a sample of all gateways is as written, every case asked', { timeout: PATIENCE }, async () => {
  const sample = [...catalogue.map(({ id }) => id), ...Object.keys(LAWFUL), ...Object.keys(NULLS)];
  const only = sample.filter((_, at) => at % 40 === 7);
  const found = await prove({ edition: NEWEST, only, threads: 2 }, () => {});
  expect(found.weighed.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
  expect(found.executions).toBeGreaterThanOrEqual(only.length * 200);
});

test('a case without its assertion makes the proof red', { timeout: PATIENCE }, async () => {
  const found = await prove({ edition: NEWEST, only: [], threads: 1, weak: 'streaming.done' }, () => {});
  expect(found.holds).toBe(false);
  const gotAway = found.weighed.filter(({ wrong }) => wrong.includes('got away from streaming.done'));
  expect(gotAway.map(({ name }) => name)).toContain('streaming.done: forgets the sentinel');
});

test('a wrong gateway that is not written down makes the proof red', { timeout: PATIENCE }, async () => {
  const found = await prove({ edition: '2026.5.28', only: ['endpoint.enabled: is not there'], threads: 1 }, () => {});
  expect(found.holds).toBe(false);
  expect(found.weighed[0]!.wrong).toContain('is written nowhere');
});
