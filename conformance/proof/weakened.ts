/** A case whose assertion is deleted, which the proof has to notice. */

import { Violation } from '../dial/expectation.ts';
import type { Case } from '../vocabulary/chapter.ts';

/** The same case, in which a violation is swallowed and nothing is observed; it still errs as before. */
export function weakened(one: Case): Case {
  return {
    ...one,
    watched: false,
    async holds(dial) {
      try {
        await one.holds(dial);
      } catch (cause) {
        if (!(cause instanceof Violation)) throw cause;
      }
    },
  };
}
