/** Every wrong gateway that a case names, once: cases that share a liar share a mutant. */

import type { Mutant } from '../dial/mutant.ts';
import type { Case } from '../vocabulary/chapter.ts';

/** A wrong gateway and the cases that name it. */
export interface Catalogued {
  /** `requirement-id: what is wrong`, by the first case that names it. */
  readonly id: string;
  readonly mutant: Mutant;
  /** The requirements whose cases say that they catch it. */
  readonly breaks: readonly string[];
}

/** The mutants of those cases, in the order of the contract. */
export function catalogueOf(cases: readonly Case[]): Catalogued[] {
  const catalogue = new Map<Mutant, Catalogued>();
  for (const { id, catches } of cases) {
    for (const [name, mutant] of Object.entries(catches)) {
      const known = catalogue.get(mutant) ?? { id: `${id}: ${name}`, mutant, breaks: [] };
      catalogue.set(mutant, { ...known, breaks: [...known.breaks, id] });
    }
  }
  return [...catalogue.values()];
}
