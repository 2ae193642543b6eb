/** The suite proves itself: the reference holds every promise, and each case catches the wrong gateways that it names. */
import { afterAll, describe, expect, it } from 'vitest';
import { cases } from './chapters/index.ts';
import { inForce } from './editions.ts';
import { execute } from './judge.ts';
import { startEmbedded } from './lab/embedded.ts';
import { declares } from './target.ts';
import type { Case } from './contract.ts';
import type { Ending } from './verdict.ts';

// A mutant that never ends costs this many ms.
const embedded = await startEmbedded({ patience: 4000 });
const { target } = embedded;
afterAll(() => embedded.close());

/** Violated; or, where the case only observes, another observation than the faithful gateway gives. */
async function caughtBy(one: Case, faithful: Ending, mutant: Case['catches'][string]): Promise<string | undefined> {
  const { ending } = await execute(one, target, mutant);
  if (ending.kind === 'violated') return `expected ${ending.expected}, got ${ending.got}`;
  const observes = one.level === 'NOTE' && ending.kind === 'held' && faithful.kind === 'held';
  return observes && ending.observed !== faithful.observed ? `observed ${ending.observed}` : undefined;
}

for (const one of cases) {
  const applies = inForce(one, target.edition) && one.needs.every((need) => declares(target, need));
  describe.skipIf(!applies)(one.id, () => {
    it(`holds on the reference: ${one.says}`, async () => {
      const { ending } = await execute(one, target);
      expect(ending.kind, JSON.stringify(ending)).toBe('held');
    });
    it.each(Object.entries(one.catches))('catches a gateway that: %s', async (_name, mutant) => {
      const faithful = (await execute(one, target)).ending;
      expect(await caughtBy(one, faithful, mutant)).toBeDefined();
    });
  });
}
