import { expect, test } from 'vitest';
import written from '../../fixtures/costs.json' with { type: 'json' };
import { cases } from '../chapters/index.ts';
import { measureCosts } from './costs.ts';

/** Cases of a lane repeat requests until they observe a state, so their cost depends on the machine. */
const laned = new Set(cases.filter(({ lane }) => lane !== undefined).map(({ id }) => id));
const fixed = (costs: object): object => Object.fromEntries(Object.entries(costs).filter(([id]) => !laned.has(id)));

test('fixtures/costs.json has the cost of each case; if not, run npm run costs', { timeout: 120_000 }, async () => {
  const measured = await measureCosts();
  expect(fixed(measured)).toEqual(fixed(written.cases));
  expect(Object.keys(measured)).toEqual(Object.keys(written.cases));
});
