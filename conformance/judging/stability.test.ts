import { afterAll, expect, test } from 'vitest';
import { cases } from '../chapters/index.ts';
import { startEmbedded } from '../lab/embedded.ts';
import { judge } from './judge.ts';

const embedded = await startEmbedded();
afterAll(() => embedded.close());
const { target } = embedded;

test('20 runs in a row, each in another order, give the same verdicts', { timeout: 900_000 }, async () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 20; seed++) {
    const judged = await Array.fromAsync(judge(cases, target, { seed, depth: 'quick', concurrency: 16 }));
    // A note's observation is part of what must not vary.
    const verdicts = judged.map(({ id, verdict, reason }) => `${id} ${verdict} ${reason}`).toSorted();
    seen.add(verdicts.join('\n'));
  }
  expect([...seen]).toHaveLength(1);
});
