/** Verdicts about watched requirements: an exchange of any case may violate one. */

import { secretsOf, type Target } from '../dial/target.ts';
import type { Case } from '../vocabulary/chapter.ts';
import { Watch } from '../watching/watch.ts';
import { shortened, type Exchange } from '../wire/exchange.ts';
import type { Ending } from './verdict.ts';

interface Seen {
  readonly id: string;
  readonly ending: Ending;
  readonly transcript: readonly Exchange[];
}

/** A watch for the watched requirements among the cases. */
export function watchFor(planned: readonly Case[], target: Target): Watch {
  const ids = planned.filter((one) => one.watched).map(({ id }) => id);
  const order = planned.map(({ id }) => id);
  return new Watch(ids, secretsOf(target), order);
}

/** Leaves out the watched requirements: their verdicts wait for all exchanges. */
export async function* unwatched<T extends { id: string }>(all: AsyncIterable<T>, watch: Watch): AsyncGenerator<T> {
  for await (const judged of all) if (!watch.has(judged.id)) yield judged;
}

/** The same, violated when an exchange of the run breaks the requirement, with that exchange as its transcript. */
export function watched<T extends Seen>(judged: T, watch: Watch): T {
  const broken = watch.broken(judged.id);
  if (judged.ending.kind === 'violated' || broken === undefined) return judged;
  const { by, exchange, ending } = broken;
  const where = by === judged.id ? '' : ` (in an exchange of ${by})`;
  const told: Ending =
    ending.kind === 'violated' ? { ...ending, got: ending.got + where } : { ...ending, reason: ending.reason + where };
  return { ...judged, ending: told, transcript: [shortened(exchange)] };
}
