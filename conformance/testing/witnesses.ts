/** Judges a watched requirement together with cases whose exchanges show what those of its own case do not. */
import { cases } from '../chapters/index.ts';
import type { Mutant } from '../dial/mutant.ts';
import type { Target } from '../dial/target.ts';
import { execute, judge } from '../judging/judge.ts';
import type { Ending } from '../judging/verdict.ts';
import type { Case } from '../vocabulary/chapter.ts';
import { WITNESSES } from '../watching/witnesses.ts';

/** The costly one, which shows length, is asked when the others show nothing. */
const IN_TURN = [WITNESSES, ['streaming.long']];

/** How a case ends by itself or, when it is watched and held, beside its witnesses. */
export async function endingOf(one: Case, target: Target, mutant?: Mutant): Promise<Ending> {
  let { ending } = await execute(one, target, mutant);
  if (!one.watched) return ending;
  for (const ids of IN_TURN) {
    if (ending.kind === 'violated') break;
    const beside = cases.filter(({ id }) => ids.includes(id) && id !== one.id);
    const judged = await Array.fromAsync(judge([one, ...beside], target, { mutant }));
    ending = judged.find(({ id }) => id === one.id)!.ending;
  }
  return ending;
}
