/** Each case catches the wrong gateways that it names: no case exists that cannot fail. */
import { afterAll, expect, it } from 'vitest';
import { execute, plan } from '../judging/judge.ts';
import type { Ending } from '../judging/verdict.ts';
import { startEmbedded } from '../lab/embedded.ts';
import type { Case } from '../vocabulary/chapter.ts';
import { endingOf } from '../testing/witnesses.ts';
import { cases } from './index.ts';

// What a mutant that never ends costs, in ms.
const embedded = await startEmbedded({ patience: 10_000 });
afterAll(() => embedded.close());
const { target } = embedded;

/** Violated; or, where the case only observes, another observation than the faithful gateway gives. */
function isCaught(one: Case, faithful: Ending, ending: Ending): boolean {
  if (ending.kind === 'violated') return true;
  const observes = one.level === 'NOTE' && ending.kind === 'held' && faithful.kind === 'held';
  return observes && ending.observed !== faithful.observed;
}

for (const one of plan(cases, target)) {
  // Cases of one lane share state of one deployment.
  const test = one.lane ? it : it.concurrent;
  test(`${one.id} catches ${Object.keys(one.catches).length} wrong gateways`, { timeout: 300_000 }, async () => {
    const faithful = one.level === 'NOTE' ? (await execute(one, target)).ending : ({ kind: 'held' } as const);
    const endings: Record<string, Ending> = {};
    for (const [name, mutant] of Object.entries(one.catches)) {
      const ending = await endingOf(one, target, mutant);
      if (!isCaught(one, faithful, ending)) endings[name] = ending;
    }
    expect(endings, 'not caught').toEqual({});
    expect(Object.keys(one.catches), 'a case that cannot fail').not.toHaveLength(0);
  });
}
