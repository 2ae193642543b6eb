/**
 * Contract editions. An edition is a release of OpenClaw; the reference answers as the contract stood at that release.
 * What a release does wrong stands in `mistakes.ts` and is played only when it is asked for: without that, OpenAI's API
 * wins where the two disagree.
 */

import { CONTRACT } from './contract.ts';
import { MISTAKES } from './mistakes.ts';
import { OLDEST, NEWEST, isSo, ordinal, type Row } from './trait.ts';

type Values = {
  readonly [K in keyof typeof CONTRACT]: (typeof CONTRACT)[K][number][1];
} & {
  readonly [K in keyof typeof MISTAKES]: (typeof MISTAKES)[K]['right'] | (typeof MISTAKES)[K]['seen'][number][1];
};

/** What a gateway asks for: every trait has one value, fixed when it starts. */
export interface Behaviour extends Omit<Values, 'headers'> {
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the faults are played too. */
  readonly asReleased: boolean;
}

/**
 * The contract as of a release.
 *
 * @param edition Any release from `OLDEST` to `NEWEST`, those not named in the tables included. Default: `NEWEST`.
 * @param asReleased With the faults of that release. Default: false.
 * @throws {Error} when there is no such edition.
 */
export function behaviour(edition: string = NEWEST, asReleased = false): Behaviour {
  const release = ordinal(edition);
  if (!(release >= ordinal(OLDEST) && release <= ordinal(NEWEST))) {
    throw new Error(
      `Failed to choose an edition: expected a release from ${OLDEST} to ${NEWEST}, got ${JSON.stringify(edition)}. ` +
        'Name the release that your client meets.',
    );
  }
  const valueOf = (rows: readonly Row[]): unknown => rows.findLast((row) => isSo(row, edition))?.[1];
  const lawful = Object.entries(CONTRACT).map(([trait, rows]) => [trait, valueOf(rows)]);
  const faulty = Object.entries(MISTAKES).map(([trait, { right, seen }]) => [
    trait,
    asReleased ? valueOf(seen) : right,
  ]);
  return { ...Object.fromEntries([...lawful, ...faulty]), asReleased } as Behaviour;
}
