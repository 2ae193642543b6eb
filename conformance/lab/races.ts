/** Races of releases with themselves, `fixtures/races.json`: what they break says nothing about the promise. */
import table from '../../fixtures/races.json' with { type: 'json' };
import { inForce } from '../editions.ts';
import type { Judged } from '../judge.ts';

export interface Race {
  readonly id: string;
  readonly since: string;
  readonly until?: string;
  /** The only requirement that meets it. Default: any. */
  readonly requirement?: string;
  /** A piece of the failure's message. */
  readonly message: string;
}

/** How often a case is judged again, alone: a release that loses its race even then does not keep the promise. */
const AGAIN = 2;

/** The race of the release that a case lost; undefined when it ended in any other way. */
export function raceIn({ id, ending }: Judged, edition: string, races: readonly Race[] = table.rows): Race | undefined {
  const said = ending.kind === 'violated' ? ending.got : ending.kind === 'errored' ? ending.reason : undefined;
  return races.find(
    (race) => (race.requirement ?? id) === id && inForce(race, edition) && said?.includes(race.message),
  );
}

/**
 * Judges again what lost a race, one case after the other while nothing else runs.
 *
 * @param again judges one case, by its id.
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
    // A reader may ask why this one was asked twice.
    all.push(last === one || last.reason !== '' ? last : { ...last, reason: `judged again: it had lost ${lost!.id}` });
  }
  return all;
}
