/** Watches the exchanges of a run, and keeps for each requirement the first that breaks it. */

import { Violation } from '../dial/expectation.ts';
import { Undecided } from '../undecided.ts';
import type { Exchange } from '../wire/exchange.ts';
import { Run } from './run.ts';
import { Seen } from './seen.ts';
import { WATCHERS } from './watchers.ts';

/** What an exchange shows of a requirement that it breaks. */
export interface Broken {
  /** The case that made the exchange, or how else it is called. */
  readonly by: string;
  readonly exchange: Exchange;
  readonly ending: Found;
}

/** A violation; or what went wrong in the watcher itself, so that the requirement could not be judged. */
type Found =
  | { readonly kind: 'violated'; readonly expected: string; readonly got: string }
  | { readonly kind: 'errored'; readonly reason: string };

/** Holds every exchange of a run against the watched requirements, and keeps one violation for each. */
export class Watch {
  readonly #ids: readonly string[];
  readonly #order: ReadonlyMap<string, number>;
  readonly #run: Run;
  readonly #broken = new Map<string, Broken>();
  readonly #observed = new Map<string, number>();

  /**
   * @param ids of the requirements that are watched; others are left.
   * @param order of the names that `see` is given: of several that break a requirement the first one is kept, whichever
   *   ended first.
   */
  constructor(ids: readonly string[], secrets: readonly string[], order: readonly string[] = []) {
    this.#ids = ids.filter((id) => Object.hasOwn(WATCHERS, id));
    this.#order = new Map(order.map((name, at) => [name, at]));
    this.#run = new Run(secrets);
  }

  has(id: string): boolean {
    return this.#ids.includes(id);
  }

  see(by: string, exchanges: readonly Exchange[]): void {
    for (const exchange of exchanges) {
      const seen = new Seen(exchange);
      for (const id of this.#ids) {
        const ending = this.#look(id, seen);
        const known = this.#broken.get(id);
        if (ending && (!known || this.#at(by) < this.#at(known.by))) this.#broken.set(id, { by, exchange, ending });
      }
    }
  }

  /** The exchange that breaks a requirement; undefined when none does. */
  broken(id: string): Broken | undefined {
    return this.#broken.get(id);
  }

  /** How many exchanges show something of a requirement. */
  observed(id: string): number {
    return this.#observed.get(id) ?? 0;
  }

  #at(name: string): number {
    return this.#order.get(name) ?? Infinity;
  }

  #look(id: string, seen: Seen): Found | undefined {
    const { concerns, holds } = WATCHERS[id]!;
    try {
      if (!concerns(seen)) return undefined;
      this.#observed.set(id, this.observed(id) + 1);
      holds(seen, this.#run);
      return undefined;
    } catch (error) {
      if (error instanceof Violation) return { kind: 'violated', expected: error.expected, got: error.got };
      if (error instanceof Undecided) return undefined;
      return { kind: 'errored', reason: `fault in the watcher: ${error instanceof Error ? error.message : ''}` };
    }
  }
}
