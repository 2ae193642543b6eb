/** Judges a client: every trial in every mode, some at a time, and one verdict for each requirement. */
import { startReference } from '../../reference/index.ts';
import { Violation } from '../dial/expectation.ts';
import { matches } from '../judging/judge.ts';
import { verdictOf, type Ending, type Verdict } from '../judging/verdict.ts';
import type { Waiver } from '../judging/waivers.ts';
import { UsageError } from '../usage-error.ts';
import { cleaning } from '../wire/printable.ts';
import type { Client, Mode } from './client.ts';
import { BASES, REQUIREMENTS, TRIALS, WATCHED } from './requirements.ts';
import { Stage, Unseen, type Ground, type Run } from './stage.ts';
import type { Requirement, Trial } from './trial.ts';

export interface ClientOptions {
  /** Ids or chapters, `*` matches anything; empty: all. */
  readonly only?: readonly string[];
  /** Runs at once. Default: 4. */
  readonly concurrency?: number;
  /** How long a client may take after the server's last byte, its own pauses between attempts included, in s. Default: 15. */
  readonly patience?: number;
  /** For how long heartbeats come before an answer, in s. Default: 20. */
  readonly heartbeat?: number;
  /** How long the long answer is, in KiB. Default: 4096. */
  readonly large?: number;
  readonly waivers?: readonly Waiver[];
  /** Starts no further run once aborted. */
  readonly signal?: AbortSignal;
}

/** A verdict on one requirement of clients. */
export interface ClientVerdict extends Verdict, Requirement {
  readonly durationMs: number;
}

interface Outcome {
  readonly ending: Ending;
  /** Why nothing was observed. */
  readonly detail?: string;
  readonly durationMs: number;
}

/** Judges a client by all requirements, or those that `only` names. Verdicts are in the order of the requirements. */
export async function judgeBy(client: Client, options: ClientOptions = {}): Promise<ClientVerdict[]> {
  const { only = [], concurrency = 4, patience = 15, heartbeat = 20, large = 4096, waivers = [], signal } = options;
  await using reference = await startReference();
  const watched = new Map<string, Outcome>();
  const outcomes = new Map<string, Outcome[]>();
  const clean = cleaning([reference.apiKey]);
  const ground: Ground = {
    client,
    reference,
    patience: patience * 1000,
    heartbeat: heartbeat * 1000,
    large,
    watch: (run) => WATCHED.forEach((one) => watchOver(one, run, watched)),
  };
  const selected = (id: string): boolean =>
    only.length === 0 || only.some((pattern) => matches({ id, chapter: chapterOf(id) }, pattern));
  const held = new Set<Mode>();
  const bases = BASES.flatMap((trial) => trial.modes.map((mode) => ({ trial, mode })));
  await inTurn(bases, concurrency, signal, async ({ trial, mode }) => {
    const outcome = await outcomeOf(trial, new Stage(mode, ground));
    if (outcome.ending.kind === 'held') held.add(mode);
    outcomes.set(trial.id, [outcome]);
  });
  const runs = TRIALS.filter(({ id }) => selected(id)).flatMap((trial) => trial.modes.map((mode) => ({ trial, mode })));
  // What waits for longest begins first.
  const order = runs.toSorted((a, b) => Number(isLong(b.trial)) - Number(isLong(a.trial)));
  const firsts = new Map<string, Promise<Outcome>>();
  await inTurn(order, concurrency, signal, async ({ trial, mode }) => {
    const outcome = held.has(mode)
      ? await afterFirst(trial, mode, firsts, () => outcomeOf(trial, new Stage(mode, ground)))
      : unseen(`answer.${mode} is not kept, or not observed`);
    outcomes.set(trial.id, [...(outcomes.get(trial.id) ?? []), within(mode, trial, outcome)]);
  });
  for (const one of WATCHED)
    outcomes.set(one.id, [watched.get(one.id) ?? unseen('the client made no call that shows it')]);
  return REQUIREMENTS.filter(({ id }) => selected(id)).map((requirement) => {
    const { id, level, says, source } = requirement;
    const outcome = worst(outcomes.get(id) ?? []);
    const waiver = waivers.find((one) => one.id === id);
    const { verdict, reason } = verdictOf(outcome.ending, level, waiver);
    const told = verdict === 'unseen' && outcome.detail !== undefined ? `not observed: ${outcome.detail}` : reason;
    return { id, level, says, source, verdict, reason: clean(told), durationMs: Math.round(outcome.durationMs) };
  });
}

/** The first part of an id. */
export const chapterOf = (id: string): string => id.split('.')[0]!;

const isLong = ({ id }: Trial): boolean => id === 'framing.heartbeat' || id.startsWith('retries.');

const unseen = (detail: string): Outcome => ({ ending: { kind: 'unobserved' }, detail, durationMs: 0 });

/** Judges a trial, unless the first one with the same need shows that the client does not do it. */
async function afterFirst(
  { needs }: Trial,
  mode: Mode,
  firsts: Map<string, Promise<Outcome>>,
  judged: () => Promise<Outcome>,
): Promise<Outcome> {
  if (needs === undefined) return await judged();
  const need = `${needs} ${mode}`;
  const first = firsts.get(need);
  if (first === undefined) {
    const outcome = judged();
    firsts.set(need, outcome);
    return await outcome;
  }
  const { ending, detail = '' } = await first;
  return ending.kind === 'unobserved' ? unseen(detail) : await judged();
}

async function outcomeOf(trial: Trial, stage: Stage): Promise<Outcome> {
  const begun = performance.now();
  const took = (): number => performance.now() - begun;
  try {
    const observed = await trial.holds(stage);
    return { ending: { kind: 'held', ...(typeof observed === 'string' && { observed }) }, durationMs: took() };
  } catch (cause) {
    if (cause instanceof Unseen) return { ending: { kind: 'unobserved' }, detail: cause.message, durationMs: took() };
    if (cause instanceof UsageError) throw cause;
    return { ending: endingOf(cause), durationMs: took() };
  }
}

function endingOf(cause: unknown): Ending {
  if (cause instanceof Violation) return { kind: 'violated', expected: cause.expected, got: cause.got };
  return { kind: 'errored', reason: cause instanceof Error ? cause.message : String(cause) };
}

/** Names the mode in a finding of a requirement that is judged in both. */
function within(mode: Mode, { modes }: Trial, outcome: Outcome): Outcome {
  const { ending } = outcome;
  if (modes.length === 1 || ending.kind !== 'violated') return outcome;
  return { ...outcome, ending: { ...ending, situation: mode } };
}

const WORST = [
  'violated',
  'errored',
  'held',
  'not-applicable',
  'unobserved',
] as const satisfies readonly Ending['kind'][];

function worst(outcomes: readonly Outcome[]): Outcome {
  const [first, ...others] = outcomes.toSorted((a, b) => WORST.indexOf(a.ending.kind) - WORST.indexOf(b.ending.kind));
  if (first === undefined) return { ending: { kind: 'errored', reason: 'the run was ended before' }, durationMs: 0 };
  return others.reduce((sum, { durationMs }) => ({ ...sum, durationMs: sum.durationMs + durationMs }), first);
}

function watchOver(one: (typeof WATCHED)[number], run: Run, outcomes: Map<string, Outcome>): void {
  const before = outcomes.get(one.id);
  if (before?.ending.kind === 'violated') return;
  try {
    if (one.kept(run)) outcomes.set(one.id, { ending: { kind: 'held' }, durationMs: 0 });
  } catch (cause) {
    outcomes.set(one.id, { ending: endingOf(cause), durationMs: 0 });
  }
}

/** Does the tasks, so many at once, in their order. */
export async function inTurn<T>(
  tasks: readonly T[],
  width: number,
  signal: AbortSignal | undefined,
  act: (task: T) => Promise<void>,
): Promise<void> {
  const left = [...tasks];
  const lane = async (): Promise<void> => {
    for (let task = left.shift(); task !== undefined; task = left.shift()) {
      if (signal?.aborted) return;
      await act(task);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, width) }, lane));
}
