/** Runs every case against one wrong, lawful or null gateway. */

import { cases as all } from '../chapters/index.ts';
import type { Mutant } from '../dial/mutant.ts';
import type { Target } from '../dial/target.ts';
import { judge, matches, plan, type Judged, type Options } from '../judging/judge.ts';
import { exitCode, summaryOf, type Ending } from '../judging/verdict.ts';
import { startEmbedded } from '../lab/embedded.ts';
import type { Case } from '../vocabulary/chapter.ts';
import { WITNESSES } from '../watching/witnesses.ts';
import { catalogueOf } from './catalogue.ts';
import { findingOf, type Finding } from './finding.ts';
import { LAWFUL } from './lawful.ts';
import { NULLS, nullTarget } from './nulls.ts';
import { weakened } from './weakened.ts';

/** Which cases run, and as of which release. */
export interface Setting {
  readonly edition: string;
  /** Cases by id or chapter; empty: all that are in force. */
  readonly only: readonly string[];
  /** Cases whose assertion is deleted. */
  readonly weak: readonly string[];
  /** Every case judges each wrong gateway. Else those of the chapters that it breaks, and a share of the others. */
  readonly whole: boolean;
}

/** One gateway by its name in the catalogue, in `LAWFUL` or in `NULLS`. */
export interface Job {
  readonly kind: 'mutant' | 'lawful' | 'null';
  readonly name: string;
}

/** What the cases found about the gateway of a job. */
export interface Result extends Job {
  /** One for each case that did not end as for the faithful gateway. */
  readonly findings: readonly Finding[];
  /** The cases that ran. */
  readonly ran: readonly string[];
  /** Requirements that passed; for a null control, those that it earns although it keeps no contract. */
  readonly passed: readonly string[];
  /** What the command would have exited with. */
  readonly exit: number;
  readonly ms: number;
}

/** @throws For a name that the catalogue does not have. */
export type Run = (job: Job) => Promise<Result>;

/** The patience with a wrong gateway, in ms, which one that never ends costs; the reply `monologue` takes 6 s. */
const PATIENCE = 10_000;
/** The patience with a lawful one, which always ends: a large body takes its time beside other cases. */
const LONG_PATIENCE = 60_000;
/** Cases of one job in parallel. Most of them compute; some wait a second for words that come late. */
const CONCURRENCY = 12;

/** Without `whole`, a wrong gateway is judged by one of so many cases of the chapters that it does not break. */
const SHARE = 4;

/** FNV-1a: the same share in each run, whatever else the catalogue has. */
const hash = (text: string): number =>
  [...Buffer.from(text)].reduce((sum, byte) => Math.imul(sum ^ byte, 0x01_00_01_93), 0x81_1c_9d_c5) >>> 0;

/** Bodies of megabytes: beside others of their kind they take longer than the patience. Only their own chapters have them. */
const COSTLY: readonly string[] = [
  'images.most-bytes',
  'embeddings.most',
  'requests.very-large',
  'requests.too-large.declared',
  'requests.too-large.chunked',
  'streaming.long',
  'streaming.large-deltas',
];

/** Which cases judge a gateway, and how thoroughly. */
interface Choice {
  readonly judges: (one: Case) => boolean;
  readonly depth: Options['depth'];
}

const EVERYTHING: Choice = { judges: () => true, depth: undefined };

/** Runs all cases against the faithful gateway first, whose observations are the measure for all others. */
export async function runner({ edition, only, weak, whole }: Setting): Promise<Run> {
  const cases = all.map((one) => (weak.includes(one.id) ? weakened(one) : one));
  const mutants = new Map(catalogueOf(all).map((one) => [one.id, one]));
  const chapters = new Map(all.map(({ id, chapter }) => [id, chapter]));
  const chosen = (target: Target): Case[] =>
    plan(cases, target).filter((one) => only.length === 0 || only.some((pattern) => matches(one, pattern)));

  async function judged(target: Target, choice = EVERYTHING, mutant?: Mutant): Promise<Judged[]> {
    const some = chosen(target).filter(choice.judges);
    return Array.fromAsync(judge(some, target, { mutant, depth: choice.depth, concurrency: CONCURRENCY }));
  }
  async function behind(patience: number, mutant?: Mutant, choice?: Choice): Promise<Judged[]> {
    // Each job has a reference of its own, so that sessions and lockouts of one do not affect another.
    const embedded = await startEmbedded({ edition, patience });
    try {
      return await judged(embedded.target, choice, mutant);
    } finally {
      await embedded.close();
    }
  }
  const faithful = new Map<string, Ending>((await behind(LONG_PATIENCE)).map(({ id, ending }) => [id, ending]));

  return async ({ kind, name }) => {
    const began = performance.now();
    const patience = kind === 'lawful' ? LONG_PATIENCE : PATIENCE;
    const verdicts =
      kind === 'null' ? await against(name) : await behind(patience, known(kind, name), choiceOf(kind, name));
    return {
      kind,
      name,
      findings: verdicts.flatMap(({ id, ending }) => findingOf(id, ending, faithful.get(id)) ?? []),
      ran: verdicts.map(({ id }) => id),
      passed: verdicts.filter(({ verdict }) => verdict === 'pass').map(({ id }) => id),
      exit: exitCode(summaryOf(verdicts)),
      ms: Math.round(performance.now() - began),
    };
  };

  /**
   * A wrong gateway is judged in full by the chapters that have to notice it, and quickly by a share of the others, which
   * shows that nothing else fires: another share for the next gateway. Lawful gateways are judged by all, and by a share
   * in full.
   */
  function choiceOf(kind: Job['kind'], name: string): Choice {
    const mutant = mutants.get(name);
    const isDrawn = ({ id }: Case): boolean => hash(`${id} ${name}`) % SHARE === 0;
    if (kind === 'lawful' && !whole) return { ...EVERYTHING, depth: (one) => (isDrawn(one) ? 'standard' : 'quick') };
    if (kind !== 'mutant' || !mutant) return EVERYTHING;
    const about = new Set(mutant.breaks.map((id) => chapters.get(id)));
    return {
      depth: ({ chapter }) => (about.has(chapter) ? 'standard' : 'quick'),
      judges: (one) =>
        whole || about.has(one.chapter) || WITNESSES.includes(one.id) || (isDrawn(one) && !COSTLY.includes(one.id)),
    };
  }

  function known(kind: Job['kind'], name: string): Mutant {
    const mutant = kind === 'mutant' ? mutants.get(name)?.mutant : LAWFUL[name];
    if (!mutant) throw new Error(`Failed to find a ${kind} gateway: expected a name of the catalogue, got ${name}.`);
    return mutant;
  }

  async function against(name: string): Promise<Judged[]> {
    const control = await nullTarget(NULLS[name]!, edition);
    try {
      return await judged(control.target);
    } finally {
      await control.close();
    }
  }
}
