/** Judges cases: plan → execute (bounded, shuffled) → endings → verdicts. */
import type { Course, Depth } from '../dial/course.ts';
import { dialTo, type Dial } from '../dial/dial.ts';
import { Violation } from '../dial/expectation.ts';
import type { Mutant } from '../dial/mutant.ts';
import { situationText } from '../dial/situation.ts';
import { declares, type Declared, type Target } from '../dial/target.ts';
import { inForce } from '../editions.ts';
import { Undecided } from '../undecided.ts';
import { levelAt, type Case, type Level } from '../vocabulary/chapter.ts';
import { shortened, type Exchange } from '../wire/exchange.ts';
import { exchangesIn } from '../wire/raw-exchanges.ts';
import type { RawExchange } from '../wire/socket.ts';
import { CONCURRENCY, lanes, pooled } from './lanes.ts';
import { shuffled } from './order.ts';
import { Unread } from './unread.ts';
import { situationsOf } from './situations.ts';
import { verdictOf, type Ending, type Verdict } from './verdict.ts';
import type { Waiver } from './waivers.ts';
import { unwatched, watchFor, watched } from './watched.ts';
import { fits } from './wildcard.ts';

/** Options of a run. */
export interface Options {
  /** Ids or chapters, `*` matches anything; empty: all. */
  readonly only?: readonly string[];
  readonly waivers?: readonly Waiver[];
  /** Number of cases at once. Default 8. */
  readonly concurrency?: number;
  /** Decides the order of the cases, and what they draw by chance. Default 1. */
  readonly seed?: number;
  /** How far the cases go, each alike or by itself. Default: `standard`, and `quick` for a live model. */
  readonly depth?: Depth | ((one: Case) => Depth) | undefined;
  /** Stands in front of the target in every case. Default: none. */
  readonly mutant?: Mutant | undefined;
  /** Starts no further case once aborted. */
  readonly signal?: AbortSignal;
  /** In seconds after the first case began. Unfinished cases then become errors, marked `unreached`. Default: none. */
  readonly deadline?: number;
}

/** The verdict on one case, with its evidence. */
export interface Judged extends Verdict {
  readonly id: string;
  readonly chapter: string;
  readonly level: Level;
  readonly ending: Ending;
  readonly durationMs: number;
  /** Its exchanges, credentials included. */
  readonly transcript: readonly Exchange[];
  /** Its raw exchanges; absent when there was none. */
  readonly raws?: readonly RawExchange[];
  /** Requests sent, raw ones included. */
  readonly requests: number;
  /** It had not ended at the deadline. */
  readonly unreached?: true;
}

/** The cases that will run against the target; the others are skipped. */
export function plan(cases: readonly Case[], target: Declared, only: readonly string[] = []): Case[] {
  return cases.filter((one) => skipped(one, target, only) === undefined);
}

/**
 * Yields each verdict as soon as it is known: skipped cases first, watched ones last, and before those the ones that wait for
 * the effect of a header that they sent.
 */
export async function* judge(cases: readonly Case[], target: Target, options: Options = {}): AsyncGenerator<Judged> {
  const planned: Case[] = [];
  for (const one of cases) {
    const reason = skipped(one, target, options.only ?? []);
    if (reason) yield weighed(one, target, options, reason, { durationMs: 0, transcript: [], requests: 0 });
    else planned.push(one);
  }
  const order = shuffled(planned, options.seed ?? 1);
  const watch = watchFor(planned, target);
  const held: [Case, Judged][] = [];
  const unread = new Unread(planned, target);
  const late: Judged[] = [];
  const over = new AbortController();
  const { deadline, depth, seed = 1 } = options;
  const courseOf = (one: Case): Partial<Course> => {
    const own = typeof depth === 'function' ? depth(one) : depth;
    return { seed, ...(own && { depth: own }) };
  };
  const timer = deadline === undefined ? undefined : setTimeout(() => over.abort(deadline), deadline * 1000);
  let left = KEPT;
  const work = async (one: Case): Promise<Judged> => {
    const began = performance.now();
    const { ending, ...seen } = await execute(one, target, options.mutant, over.signal, courseOf(one));
    watch.see(one.id, [...seen.transcript, ...(seen.raws ?? []).flatMap(exchangesIn)]);
    const size = sizeOf(seen.transcript);
    const transcript = size > left ? seen.transcript.map(shortened) : seen.transcript;
    left -= sizeOf(transcript);
    const durationMs = Math.round(performance.now() - began);
    const judged = weighed(one, target, options, ending, { ...seen, transcript, durationMs });
    if (watch.has(one.id)) held.push([one, judged]);
    return judged;
  };
  try {
    const together = order.filter(({ alone }) => !alone);
    const run = async function* (some: readonly Case[], atOnce: number): AsyncGenerator<Judged> {
      for await (const judged of unwatched(pooled(lanes(some), atOnce, work, options.signal), watch)) {
        if (unread.waits(judged)) late.push(judged);
        else yield judged;
      }
    };
    yield* run(together, options.concurrency ?? CONCURRENCY);
    yield* run(
      order.filter((one) => one.alone),
      1,
    );
    for (const judged of late) {
      const { ending: _, ...seen } = judged;
      yield weighed(
        planned.find(({ id }) => id === seen.id)!,
        target,
        options,
        unread.ending(judged),
        seen,
      );
    }
    for (const [one, judged] of held) {
      const { ending, ...seen } = watched(judged, watch);
      yield weighed(one, target, options, ending, seen);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Bytes of responses kept in the transcripts of a run; beyond this, only the beginning of a response is kept. */
const KEPT = 64 * 1024 * 1024;

const sizeOf = (transcript: readonly Exchange[]): number =>
  transcript.reduce((total, { pieces }) => pieces.reduce((sum, { bytes }) => sum + bytes.length, total), 0);

/**
 * Runs one case against the target, or against a mutant of it.
 *
 * @param over ends it as unreached when aborted; the signal's reason is the deadline in seconds.
 */
export async function execute(
  one: Case,
  target: Target,
  mutant?: Mutant,
  over?: AbortSignal,
  course?: Partial<Course>,
): Promise<{ ending: Ending } & Pick<Judged, 'transcript' | 'raws' | 'requests' | 'unreached'>> {
  if (over?.aborted) return { ending: unreached(over), transcript: [], requests: 0, unreached: true };
  const open = dialTo(target, mutant, course);
  try {
    const ending = await ended(one, dialsOf(one, open.dial, target), target.patience, over);
    const raws = open.raws();
    return {
      ending,
      transcript: open.exchanges(),
      ...(raws.length > 0 && { raws }),
      requests: open.requests(),
      ...(over?.aborted && { unreached: true }),
    };
  } finally {
    open.close();
  }
}

const unreached = ({ reason }: AbortSignal): Ending => ({
  kind: 'errored',
  reason: `not judged: the run was over its deadline, ${reason} s (--deadline)`,
});

/** A case awaits several exchanges, each limited by the patience. After so many patiences the case itself hangs. */
const EXCHANGES_AT_MOST = 8;

/** A handle for each situation of a case. Today's call needs none of its own. */
const dialsOf = (one: Case, dial: Dial, target: Target): Dial[] =>
  situationsOf(one, dial.course.depth, target).map((situation) => (isEmpty(situation) ? dial : dial.in(situation)));

const isEmpty = (situation: object): boolean => Object.keys(situation).length === 0;

async function ended(one: Case, dials: readonly Dial[], patience: number, over?: AbortSignal): Promise<Ending> {
  const { promise: cut, resolve } = Promise.withResolvers<Ending>();
  const limit = patience * EXCHANGES_AT_MOST * dials.length;
  const timer = setTimeout(
    () => resolve({ kind: 'errored', reason: `the case did not end within ${limit} ms` }),
    limit,
  );
  const leave = (): void => resolve(unreached(over!));
  over?.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([endingOf(one, dials), cut]);
  } finally {
    clearTimeout(timer);
    over?.removeEventListener('abort', leave);
  }
}

/** The first situation in which it does not hold ends the case; what was observed is that of the first one. */
async function endingOf(one: Case, dials: readonly Dial[]): Promise<Ending> {
  let held: string | void = undefined;
  for (const dial of dials) {
    try {
      const observed = await one.holds(dial);
      held ??= observed;
    } catch (cause) {
      const text = situationText(dial.situation);
      if (cause instanceof Violation) {
        const { expected, got, history } = cause;
        return { kind: 'violated', expected, got, ...(history && { history }), ...(text && { situation: text }) };
      }
      return { kind: 'errored', reason: text ? `${text}: ${faultOf(cause)}` : faultOf(cause) };
    }
  }
  return typeof held === 'string' ? { kind: 'held', observed: held } : { kind: 'held' };
}

/** Why a case could not be judged, in one line: undecided, the network, or a fault in the case. */
export function faultOf(error: unknown): string {
  if (error instanceof Undecided) return error.message;
  if (!(error instanceof Error)) return `fault in the case: ${String(error)}`;
  const cause = error.cause instanceof Error ? error.cause : undefined;
  if (error.name === 'AbortError' || error.name === 'TimeoutError')
    return 'network: the call was aborted before its response';
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? (error as NodeJS.ErrnoException).code;
  if (cause?.name === 'HTTPParserError') return 'network: the answer is not HTTP';
  // The numeric code of a DOMException is meaningless here.
  if (typeof code === 'string') return `network: ${[code, ...(MEANING[code] ?? [])].join(', ')}`;
  if (cause) return `network: ${cause.message.split('\n')[0]}`;
  return `fault in the case: ${error.message}`;
}

/** Explanations of fetch's error codes. */
const MEANING: Readonly<Record<string, readonly string[]>> = {
  UND_ERR_HEADERS_OVERFLOW: ['the headers of the answer are longer than fetch takes, 16 KiB'],
  UND_ERR_CONNECT_TIMEOUT: ['no connection within the 10 s of fetch'],
  UND_ERR_SOCKET: ['the other side closed the connection'],
};

function skipped(one: Case, target: Declared, only: readonly string[]): Ending | undefined {
  const skip = (reason: 'filtered' | 'not-in-force' | 'not-declared', detail: string): Ending => ({
    kind: 'not-applicable',
    reason,
    detail,
  });
  if (only.length > 0 && !only.some((pattern) => matches(one, pattern))) return skip('filtered', 'not selected');
  if (target.profile === 'core' && !one.core) return skip('not-declared', 'profile core');
  if (!inForce(one, target.edition)) {
    return skip('not-in-force', one.until ? `from ${one.since} until ${one.until}` : `from ${one.since} on`);
  }
  const missing = one.needs.filter((need) => !declares(target, need));
  return missing.length > 0 ? skip('not-declared', `the target declares no ${missing.join(', no ')}`) : undefined;
}

/** Whether a pattern names a case: an id, a chapter, or either with `*` for anything. A table's id names all its rows. */
export function matches({ id, chapter }: Pick<Case, 'id' | 'chapter'>, pattern: string): boolean {
  if (pattern === chapter || id.startsWith(`${pattern}.`)) return true;
  return fits(id, pattern);
}

function weighed(
  one: Case,
  target: Target,
  options: Options,
  ending: Ending,
  seen: Pick<Judged, 'durationMs' | 'transcript' | 'raws' | 'requests' | 'unreached'>,
): Judged {
  const level = levelAt(one, target);
  const waiver = waiverOf(one.id, judgedIn(one, target), options.waivers ?? []);
  return { id: one.id, chapter: one.chapter, level, ending, ...seen, ...verdictOf(ending, level, waiver) };
}

/** The waiver of a requirement in the deployment where it is judged; undefined when there is none. */
export function waiverOf(id: string, deployment: string, waivers: readonly Waiver[]): Waiver | undefined {
  return waivers.find((waiver) => waiver.id === id && (waiver.deployment ?? deployment) === deployment);
}

/** The deployment that a case needs, else the first one. */
export function judgedIn({ needs }: Case, { deployments }: Target): string {
  const asked = needs.find((need) => need.startsWith('deploy:'));
  return asked?.slice('deploy:'.length) ?? deployments[0].name;
}
