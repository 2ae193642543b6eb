/** In which situations a case is judged: a small covering array of the dimensions that could matter. Pure. */
import type { Depth } from '../dial/course.ts';
import type { Target } from '../dial/target.ts';
import { type Dimensions, type Situation } from '../dial/situation.ts';
import type { Case } from '../vocabulary/chapter.ts';

/**
 * The situations of a case, one at least; today's call is the first, and the only one at `quick`. At `standard` each pair
 * of values of two dimensions is in one of them at least, at `deep` they are all that can be made. A list that the case
 * gives is taken as it is.
 */
export function situationsOf(
  { situations = [] }: Pick<Case, 'situations'>,
  depth: Depth,
  { profile }: Pick<Target, 'profile'>,
): readonly [Situation, ...Situation[]] {
  const listed = isList(situations)
    ? situations.filter((one) => profile === 'openclaw' || isForAnyone(one))
    : undefined;
  const product =
    listed ?? productOf(situations as Dimensions).filter((one) => profile === 'openclaw' || isForAnyone(one));
  const [first = {}, ...others] = product;
  if (depth === 'quick') return [first];
  return listed || depth === 'deep' ? [first, ...others] : pairwise(first, others);
}

const isList = (situations: Dimensions | readonly Situation[]): situations is readonly Situation[] =>
  Array.isArray(situations);

/** Whether any OpenAI-compatible endpoint knows such calls: agents and session keys are of openclaw alone. */
const isForAnyone = ({ naming = 'bare', addressed = 'alike' }: Situation): boolean =>
  (naming === 'bare' || naming === 'user') && addressed === 'alike';

function productOf(dimensions: Dimensions): Situation[] {
  return Object.entries(dimensions).reduce<Situation[]>(
    (made, [name, values]) => made.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  );
}

/** Greedy: each further situation is the one with the most pairs of values that no situation before has. */
function pairwise(first: Situation, others: readonly Situation[]): [Situation, ...Situation[]] {
  const chosen: [Situation, ...Situation[]] = [first];
  const seen = new Set(pairsOf(first));
  const news = (one: Situation): number => pairsOf(one).filter((pair) => !seen.has(pair)).length;
  for (;;) {
    const next = others.reduce<Situation | undefined>(
      (best, one) => (news(one) > (best ? news(best) : 0) ? one : best),
      undefined,
    );
    if (!next) return chosen;
    chosen.push(next);
    for (const pair of pairsOf(next)) seen.add(pair);
  }
}

/** Each pair of values; each value alone where there is one dimension. */
function pairsOf(situation: Situation): string[] {
  const values = Object.entries(situation).map(([name, value]) => `${name} ${value}`);
  if (values.length < 2) return values;
  return values.flatMap((one, at) => values.slice(at + 1).map((other) => `${one}, ${other}`));
}
