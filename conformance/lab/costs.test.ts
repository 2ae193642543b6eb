import { expect, it } from 'vitest';
import written from '../../fixtures/costs.json' with { type: 'json' };
import { cases } from '../chapters/index.ts';
import { measureCosts } from './costs.ts';

/** Cases of a lane ask until they see what they wait for: how often is the machine's doing. */
const laned = new Set(cases.filter(({ lane }) => lane !== undefined).map(({ id }) => id));
const fixed = (costs: object): object => Object.fromEntries(Object.entries(costs).filter(([id]) => !laned.has(id)));

it('fixtures/costs.json says what each case costs; if not, run npm run costs', { timeout: 120_000 }, async () => {
  const measured = await measureCosts();
  expect(fixed(measured)).toEqual(fixed(written.cases));
  expect(Object.keys(measured)).toEqual(Object.keys(written.cases));
});
