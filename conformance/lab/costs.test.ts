import { expect, it } from 'vitest';
import written from '../../fixtures/costs.json' with { type: 'json' };
import { measureCosts } from './costs.ts';

it('fixtures/costs.json says what each case costs; if not, run npm run costs', { timeout: 60_000 }, async () => {
  expect(await measureCosts()).toEqual(written.cases);
});
