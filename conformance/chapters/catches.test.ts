/** Each case catches the wrong gateways that it names: no case exists that cannot fail. */
import { afterAll, expect, it } from 'vitest';
import { execute, judge, plan } from '../judging/judge.ts';
import type { Ending } from '../judging/verdict.ts';
import { startEmbedded } from '../lab/embedded.ts';
import type { Case } from '../vocabulary/chapter.ts';
import type { Mutant } from '../dial/mutant.ts';
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

/** Whose exchanges show what those of a watched requirement's own case do not: a user, usage, refusals, failures; length. */
const WITNESSES = [
  ['sessions.user', 'streaming.usage-asked', 'streaming.one-created', 'authentication.wrong', 'streaming.failure-done'],
  ['streaming.long'],
];

/** How a watched requirement ends when others are judged beside it. */
async function watched(one: Case, mutant: Mutant): Promise<Ending | undefined> {
  let ending: Ending | undefined;
  for (const ids of WITNESSES) {
    const beside = cases.filter(({ id }) => ids.includes(id) && id !== one.id);
    const judged = await Array.fromAsync(judge([one, ...beside], target, { mutant }));
    ending = judged.find(({ id }) => id === one.id)?.ending;
    if (ending?.kind === 'violated') break;
  }
  return ending;
}

for (const one of plan(cases, target)) {
  // Cases of one lane share state of one deployment.
  const test = one.lane ? it : it.concurrent;
  test(`${one.id} catches ${Object.keys(one.catches).length} wrong gateways`, { timeout: 300_000 }, async () => {
    const faithful = one.level === 'NOTE' ? (await execute(one, target)).ending : ({ kind: 'held' } as const);
    const endings: Record<string, Ending> = {};
    for (const [name, mutant] of Object.entries(one.catches)) {
      let { ending } = await execute(one, target, mutant);
      if (one.watched && ending.kind !== 'violated') ending = (await watched(one, mutant)) ?? ending;
      if (!isCaught(one, faithful, ending)) endings[name] = ending;
    }
    expect(endings, 'not caught').toEqual({});
    expect(Object.keys(one.catches), 'a case that cannot fail').not.toHaveLength(0);
  });
}
