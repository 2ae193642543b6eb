/** Generated mutants that no case notices, with the reason of each: `fixtures/generated.json`. */

import { readFileSync } from 'node:fs';
import type { Fated } from './generated.ts';

/** A change as the file names it; lines move, so they are no part of it. */
export type Change = Pick<Fated, 'file' | 'before' | 'after'>;

/** The file. */
export interface Unnoticed {
  readonly about: string;
  readonly unnoticed: readonly { readonly because: string; readonly changes: readonly Change[] }[];
}

/** The reason of each change that the file has. */
export class Reasons {
  readonly #byChange: ReadonlyMap<string, string>;

  constructor({ unnoticed }: Unnoticed = read()) {
    this.#byChange = new Map(
      unnoticed.flatMap(({ because, changes }) => changes.map((change) => [nameOf(change), because] as const)),
    );
  }

  of(change: Change): string | undefined {
    return this.#byChange.get(nameOf(change));
  }
}

const nameOf = ({ file, before, after }: Change): string => JSON.stringify([file, before, after]);

const read = (): Unnoticed =>
  JSON.parse(readFileSync(new URL('../../../fixtures/generated.json', import.meta.url), 'utf8')) as Unnoticed;

/** The share of the mutants that some case reaches which is noticed, in percent, rounded down. */
export function noticedShare(all: readonly Pick<Fated, 'fate'>[]): number {
  const living = all.filter(({ fate }) => fate !== 'dead');
  const noticed = living.filter(({ fate }) => fate !== 'silent' && fate !== 'unjudged');
  return living.length === 0 ? 0 : Math.floor((100 * noticed.length) / living.length);
}
