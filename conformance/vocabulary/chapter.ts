/**
 * The declarations of a chapter: requirements, levels and cases. A chapter is data: importing it runs nothing.
 */
import documentation from '../../fixtures/promises.json' with { type: 'json' };
import type { Dial } from '../dial/dial.ts';
import type { Mutant } from '../dial/mutant.ts';
import type { Need, Target } from '../dial/target.ts';
import type { Dimensions, Situation } from '../dial/situation.ts';
import { compareReleases } from '../editions.ts';

/**
 * MUST: the documentation promises it, the official SDK cannot work without it, or breaking it is a security fault.
 * SHOULD: OpenAI's API has it and clients rely on it; where each release of OpenClaw keeps it from one on, and a client
 * that it fails loses an answer, words or its session, it is a MUST of profile openclaw. NOTE: observed and reported,
 * never judged.
 */
export type Level = 'MUST' | 'SHOULD' | 'NOTE';

/** One promise of the contract. */
export interface Requirement {
  /** `chapter.thing`, or `chapter.thing.row`; never reused. */
  readonly id: string;
  readonly chapter: string;
  readonly level: Level;
  readonly says: string;
  /** First release in which the promise is in force. */
  readonly since: string;
  /** First release in which it is no longer in force. */
  readonly until?: string;
  /** First release in which the level is MUST, when it began lower. */
  readonly mustSince?: string;
  /** First release from which each one keeps it, so that the level is MUST in profile openclaw. */
  readonly keptSince?: string;
  /** URL of the promise: a section of the documentation, an RFC, or an issue. */
  readonly source: string;
  readonly needs: readonly Need[];
  /** Whether it applies to any OpenAI-compatible chat endpoint, that is, to profile core too. */
  readonly core: boolean;
}

/** A requirement with its test and the mutants that prove the test. */
export interface Case extends Requirement {
  /**
   * Resolves when the requirement holds, with a text of what was observed.
   *
   * @throws {Violation} when it does not hold. Any other error means that it could not be judged.
   */
  holds(dial: Dial): Promise<string | void>;
  /**
   * How else its calls could be made without a change of the promise: dimensions, of which the judge makes a covering
   * array by its depth, or a list. `holds` is judged in each, with a handle that makes its calls so. Default: none.
   */
  readonly situations?: Dimensions | readonly Situation[];
  /** Mutants by their defect; this case fails against each. */
  readonly catches: Readonly<Record<string, Mutant>>;
  /** The watcher of this id holds every exchange of a run against the requirement, whichever case made it. */
  readonly watched?: boolean;
  /** Cases of one lane run one after another, because they share state of a deployment. */
  readonly lane?: string;
  /** Runs alone, after all others: it loads the gateway so much that no other case can be judged meanwhile. */
  readonly alone?: boolean;
}

type Written = Pick<Case, 'says' | 'holds' | 'catches'> & {
  since?: string;
  until?: string;
  mustSince?: string;
  keptSince?: string;
  source?: string;
  needs?: readonly Need[];
  core?: boolean;
  situations?: Dimensions | readonly Situation[];
  watched?: boolean;
  lane?: string;
  alone?: boolean;
};

/** A case as `must`, `kept`, `should` and `may` return it, before its chapter adds the defaults. */
type CaseDraft = { readonly id: string; readonly level: Level; readonly kept?: true } & Written;

/** The requirements of one section of the documentation. */
export interface Chapter {
  readonly name: string;
  /** The section's heading. */
  readonly title: string;
  readonly source: string;
  readonly cases: readonly Case[];
}

/** A case of level MUST. */
export const must = (id: string, written: Written): CaseDraft => ({ id, level: 'MUST', ...written });
/** A case of level SHOULD. */
export const should = (id: string, written: Written): CaseDraft => ({ id, level: 'SHOULD', ...written });
/** A case of level SHOULD that is a MUST in profile openclaw: from `keptSince` on, by default as long as it is in force. */
export const kept = (id: string, written: Written): CaseDraft => ({ id, level: 'SHOULD', kept: true, ...written });
/** A case of level NOTE: observed, never judged. */
export const may = (id: string, written: Written): CaseDraft => ({ id, level: 'NOTE', ...written });

/**
 * A chapter. Its cases are in force from the first release on unless they set `since`.
 *
 * @param written `section` is the anchor on the documentation's page, like `#streaming`; `core` and `since` are the
 * defaults of its cases; what it `needs`, each of them needs.
 */
export function chapter(
  name: string,
  title: string,
  written: {
    section: string;
    core?: boolean;
    since?: string;
    needs?: readonly Need[];
    cases: readonly CaseDraft[];
  },
): Chapter {
  const source = documentation.page + written.section;
  const { core = false, since = '2026.1.29', needs = [] } = written;
  const defaults = { chapter: name, since, source, core };
  return {
    name,
    title,
    source,
    cases: written.cases.map(({ kept: isKept, ...draft }) => ({
      ...defaults,
      ...draft,
      ...(isKept && { keptSince: draft.keptSince ?? draft.since ?? since }),
      needs: [...needs, ...(draft.needs ?? [])],
    })),
  };
}

/** The level of a requirement as of an edition, in a profile. */
export function levelAt(
  { level, mustSince, keptSince }: Requirement,
  { edition, profile }: Pick<Target, 'edition' | 'profile'>,
): Level {
  const from = (date: string | undefined): boolean => date !== undefined && compareReleases(edition, date) >= 0;
  return from(mustSince) || (profile === 'openclaw' && from(keptSince)) ? 'MUST' : level;
}
