/** Race conditions inside releases (`fixtures/races.json`): a failure by one of them is no evidence about the requirement. */
import table from '../../../fixtures/races.json' with { type: 'json' };
import { inForce } from '../../editions.ts';
import type { Judged } from '../../judging/judge.ts';

/** A row of `fixtures/races.json`. */
export interface Race {
  readonly id: string;
  readonly since: string;
  readonly until?: string;
  /** The only requirement that it affects. Default: any. */
  readonly requirement?: string;
  /** A part of the failure's message. */
  readonly message: string;
}

/** How often a case is judged again, alone. A release that fails even then does not keep the requirement. */
const AGAIN = 2;

/**
 * The race that a case failed by; undefined when it ended in any other way.
 *
 * @param races Default: the table.
 */
export function raceIn({ id, ending }: Judged, edition: string, races: readonly Race[] = table.rows): Race | undefined {
  const message = ending.kind === 'violated' ? ending.got : ending.kind === 'errored' ? ending.reason : undefined;
  return races.find(
    (race) => (race.requirement ?? id) === id && inForce(race, edition) && message?.includes(race.message),
  );
}

/**
 * Judges the cases again that failed by a race, at most twice each, one at a time while nothing else runs.
 *
 * @param judged all verdicts.
 * @param again judges one case, by its id.
 * @returns all verdicts, with the last one of each repeated case.
 */
export async function withoutRaces(
  judged: readonly Judged[],
  edition: string,
  again: (id: string) => Promise<Judged>,
  races: readonly Race[] = table.rows,
): Promise<Judged[]> {
  const all: Judged[] = [];
  for (const one of judged) {
    let last = one;
    for (let left = AGAIN; left > 0 && raceIn(last, edition, races); left--) last = await again(one.id);
    const lost = raceIn(one, edition, races);
    all.push(
      last === one || last.reason !== '' ? last : { ...last, reason: `judged again, after the race ${lost!.id}` },
    );
  }
  return all;
}
