/**
 * A thread inside the instrumented copy: tells which case reaches which mutant, then judges the reference with one mutant
 * after another switched on.
 */

import { parentPort, workerData } from 'node:worker_threads';
import { cases } from '../../chapters/index.ts';
import { judge, plan } from '../../judging/judge.ts';
import type { Ending } from '../../judging/verdict.ts';
import { startEmbedded } from '../../lab/embedded.ts';
import { findingOf, type Finding } from '../finding.ts';

/** What the thread is asked: to judge a mutant by some cases; nothing: which case reaches what. */
export type Ask = Question | undefined;

/** A mutant, and the cases that reach it. */
export interface Question {
  readonly mutant: string;
  readonly ids: readonly string[];
}

/** What it answers. */
export type Told = Reached | Judged;

/** How each case ends for the faithful reference, and what of the request path it passes through. */
export interface Reached {
  readonly kind: 'reached';
  readonly faithful: ReadonlyMap<string, Ending>;
  /** Mutants by case. */
  readonly by: ReadonlyMap<string, readonly string[]>;
  /** Mutants in what runs when the gateway starts. */
  readonly starting: readonly string[];
  /** Mutants in what runs when a module is loaded: they are switched on before that. */
  readonly loading: readonly string[];
}

/** The first case that noticed the mutant; else one that could not judge it any more, if any. */
export interface Judged {
  readonly kind: 'judged';
  readonly finding: Finding | undefined;
}

/** What the instrumenter's switches read; see StrykerJS, `INSTRUMENTER_CONSTANTS`. */
interface Switches {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  mutantCoverage?: { static: Record<string, number>; perTest: Record<string, Record<string, number>> };
  hitCount?: number;
  hitLimit?: number;
}
/** By case, of the faithful reference; empty in the thread that finds it out. */
const measure = (workerData as ReadonlyMap<string, Ending> | undefined) ?? new Map<string, Ending>();

const NAMESPACE = '__stryker__';
const scope = globalThis as { [NAMESPACE]?: Switches };
const switches = (scope[NAMESPACE] ??= {});

/** In ms, of one exchange. */
const PATIENCE = 10_000;
/** How often one switched place is passed before the judgement of it is a loop. */
const HITS = 200_000;

async function embedded<T>(
  use: (target: Awaited<ReturnType<typeof startEmbedded>>['target']) => Promise<T>,
): Promise<T> {
  const reference = await startEmbedded({ patience: PATIENCE });
  try {
    return await use(reference.target);
  } finally {
    await reference.close();
  }
}

async function reached(): Promise<Reached> {
  const faithful = new Map<string, Ending>();
  switches.currentTestId = START;
  await embedded(async (target) => {
    for (const one of plan(cases, target)) {
      switches.currentTestId = one.id;
      for await (const { id, ending } of judge([one], target)) faithful.set(id, ending);
    }
  });
  switches.currentTestId = undefined;
  const { perTest, static: loaded } = switches.mutantCoverage!;
  const { [START]: starting = {}, ...others } = perTest;
  return {
    kind: 'reached',
    faithful,
    by: new Map(Object.entries(others).map(([id, hits]) => [id, Object.keys(hits)])),
    starting: Object.keys(starting),
    loading: Object.keys(loaded),
  };
}
const START = ' start';

/** Ends at the first case that does not end as for the faithful reference: quickly first, then in pairs of situations. */
async function judged({ mutant, ids }: Question): Promise<Judged> {
  Object.assign(switches, { activeMutant: mutant, hitCount: 0, hitLimit: HITS });
  const wanted = new Set(ids);
  let undecided: Finding | undefined;
  try {
    return await embedded(async (target) => {
      const some = plan(cases, target).filter(({ id }) => wanted.has(id));
      for (const depth of ['quick', 'standard'] as const) {
        const over = new AbortController();
        for await (const { id, ending } of judge(some, target, { depth, signal: over.signal })) {
          const finding = findingOf(id, ending, measure.get(id));
          if (finding?.kind === 'errored') undecided ??= finding;
          if (!finding || finding.kind === 'errored') continue;
          over.abort();
          return { kind: 'judged', finding };
        }
      }
      return { kind: 'judged', finding: undecided };
    });
  } finally {
    switches.activeMutant = undefined;
  }
}

parentPort!.on('message', (ask: Ask) => {
  void (ask === undefined ? reached() : judged(ask)).then(
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
    (told) => parentPort!.postMessage(told),
    (cause: unknown) => {
      throw cause;
    },
  );
});
