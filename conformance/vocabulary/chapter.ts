/**
 * The words a chapter is written in. A chapter is data: it knows no runner, and importing it does nothing.
 */
import documentation from '../../fixtures/promises.json' with { type: 'json' };
import type { Dial } from '../dial/dial.ts';
import type { Mutant } from '../dial/mutant.ts';
import type { Need } from '../dial/target.ts';
import { compareReleases } from '../editions.ts';

/**
 * MUST: the documentation promises it, the official SDK cannot work without it, or breaking it is a security fault.
 * SHOULD: OpenAI's API has it and clients rely on it. NOTE: observed and reported, never judged.
 */
export type Level = 'MUST' | 'SHOULD' | 'NOTE';

export interface Requirement {
  /** `chapter.thing`, or `chapter.thing.row`; never reused. */
  readonly id: string;
  readonly chapter: string;
  readonly level: Level;
  readonly says: string;
  /** First release in which the promise is in force. */
  readonly since: string;
  /** First release in which it no longer is. */
  readonly until?: string;
  /** First release from which the level is MUST, where it began as less. */
  readonly mustSince?: string;
  /** Where the promise stands: a section of the documentation, an RFC, an issue. */
  readonly source: string;
  readonly needs: readonly Need[];
  /** Whether any OpenAI-compatible chat endpoint owes it, agents and sessions or not. */
  readonly core: boolean;
}

export interface Case extends Requirement {
  /**
   * Returns when the requirement holds; a text is what was observed. Throws a `Violation` when it does not hold.
   * Anything else that it throws means that it could not be judged.
   */
  holds(dial: Dial): Promise<string | void>;
  /** Wrong gateways, by what is wrong with them; each is caught by this case. */
  readonly catches: Readonly<Record<string, Mutant>>;
  /** Cases of one lane run one after the other, because they share state of one deployment. */
  readonly lane?: string;
  /** It keeps a gateway so busy that nothing else can be judged beside it: it comes when all others are through. */
  readonly alone?: boolean;
}

type Written = Pick<Case, 'says' | 'holds' | 'catches'> & {
  since?: string;
  until?: string;
  mustSince?: string;
  source?: string;
  needs?: readonly Need[];
  core?: boolean;
  lane?: string;
  alone?: boolean;
};

type Draft = { readonly id: string; readonly level: Level } & Written;

export interface Chapter {
  readonly name: string;
  /** The section's heading, as a reader finds it. */
  readonly title: string;
  readonly source: string;
  readonly cases: readonly Case[];
}

export const must = (id: string, written: Written): Draft => ({ id, level: 'MUST', ...written });
export const should = (id: string, written: Written): Draft => ({ id, level: 'SHOULD', ...written });
/** Observed, never judged. */
export const may = (id: string, written: Written): Draft => ({ id, level: 'NOTE', ...written });

/** `section` is the anchor of the documentation's page; its promises hold from the first release on unless they say otherwise. */
export function chapter(
  name: string,
  title: string,
  written: { section: string; core?: boolean; cases: readonly Draft[] },
): Chapter {
  const source = documentation.page + written.section;
  const defaults = { chapter: name, since: '2026.1.29', source, needs: [], core: written.core ?? false };
  return {
    name,
    title,
    source,
    cases: written.cases.map((draft) => ({ ...defaults, ...draft })),
  };
}

/** The level of a requirement as of an edition. */
export function levelAt(requirement: Requirement, edition: string): Level {
  const hardened = requirement.mustSince !== undefined && compareReleases(edition, requirement.mustSince) >= 0;
  return hardened ? 'MUST' : requirement.level;
}
