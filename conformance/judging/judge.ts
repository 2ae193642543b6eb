/** plan → execute (bounded, shuffled) → endings → verdicts. */
import type { Course, Depth } from '../dial/course.ts';
import { dialTo } from '../dial/dial.ts';
import { Violation } from '../dial/expectation.ts';
import type { Mutant } from '../dial/mutant.ts';
import { declares, type Target } from '../dial/target.ts';
import { inForce } from '../editions.ts';
import { Undecided } from '../undecided.ts';
import { levelAt, type Case, type Level } from '../vocabulary/chapter.ts';
import { shortened, type Exchange } from '../wire/exchange.ts';
import type { RawExchange } from '../wire/socket.ts';
import { lanes, pooled } from './lanes.ts';
import { shuffled } from './order.ts';
import { verdictOf, type Ending, type Verdict } from './verdict.ts';
import type { Waiver } from './waivers.ts';

export interface Options {
  /** Ids or chapters, `*` stands for anything; empty: all. */
  readonly only?: readonly string[];
  readonly waivers?: readonly Waiver[];
  /** How many cases run at once. Default 8. */
  readonly concurrency?: number;
  /** Decides the order of the cases, and what they draw by chance. Default 1. */
  readonly seed?: number;
  /** How far the cases go. Default: `standard`, and `quick` for a live model. */
  readonly depth?: Depth | undefined;
  /** Stands in front of the target in every case. */
  readonly mutant?: Mutant | undefined;
  readonly signal?: AbortSignal;
  /** In seconds after the first case began. Then what has not ended is an error, `unreached`. Default: none. */
  readonly deadline?: number;
}

export interface Judged extends Verdict {
  readonly id: string;
  readonly chapter: string;
  readonly level: Level;
  readonly ending: Ending;
  readonly durationMs: number;
  /** What went over the wire; empty where nothing did. */
  readonly transcript: readonly Exchange[];
  /** The same of raw connections; absent where there was none. */
  readonly raws?: readonly RawExchange[];
  /** Requests sent, raw ones included. */
  readonly requests: number;
  /** The deadline came before it had ended. */
  readonly unreached?: true;
}

export const CONCURRENCY = 8;

/** The cases that will run against the target; the others are skipped. */
export function plan(cases: readonly Case[], target: Target, only: readonly string[] = []): Case[] {
  return cases.filter((one) => skipped(one, target, only) === undefined);
}

/** Gives each verdict as soon as it is there; skipped cases come first. */
export async function* judge(cases: readonly Case[], target: Target, options: Options = {}): AsyncGenerator<Judged> {
  const planned: Case[] = [];
  for (const one of cases) {
    const reason = skipped(one, target, options.only ?? []);
    if (reason) yield weighed(one, target, options, reason, { durationMs: 0, transcript: [], requests: 0 });
    else planned.push(one);
  }
  const order = shuffled(planned, options.seed ?? 1);
  const over = new AbortController();
  const { deadline, depth, seed = 1 } = options;
  const course = { seed, ...(depth && { depth }) };
  const timer = deadline === undefined ? undefined : setTimeout(() => over.abort(deadline), deadline * 1000);
  let room = KEPT;
  const work = async (one: Case): Promise<Judged> => {
    const began = performance.now();
    const { ending, ...seen } = await execute(one, target, options.mutant, over.signal, course);
    const size = sizeOf(seen.transcript);
    const transcript = size > room ? seen.transcript.map(shortened) : seen.transcript;
    room -= sizeOf(transcript);
    const durationMs = Math.round(performance.now() - began);
    return weighed(one, target, options, ending, { ...seen, transcript, durationMs });
  };
  try {
    const together = order.filter(({ alone }) => !alone);
    yield* pooled(lanes(together), options.concurrency ?? CONCURRENCY, work, options.signal);
    const lonely = order.filter(({ alone }) => alone);
    yield* pooled(lanes(lonely), 1, work, options.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** What the transcripts of a run hold of replies, in bytes; of those that come later the beginning alone is kept. */
const KEPT = 64 * 1024 * 1024;

const sizeOf = (transcript: readonly Exchange[]): number =>
  transcript.reduce((total, { pieces }) => pieces.reduce((sum, { bytes }) => sum + bytes.length, total), 0);

/**
 * Runs one case against the target, or against a mutant of it.
 *
 * @param over ends it as unreached; its reason is the deadline in seconds.
 */
export async function execute(
  one: Case,
  target: Target,
  mutant?: Mutant,
  over?: AbortSignal,
  course?: Partial<Course>,
): Promise<{ ending: Ending } & Pick<Judged, 'transcript' | 'raws' | 'requests' | 'unreached'>> {
  if (over?.aborted) return { ending: unreached(over), transcript: [], requests: 0, unreached: true };
  const line = dialTo(target, mutant, course);
  try {
    const ending = await ended(one, line.dial, target.patience, over);
    const raws = line.raws();
    return {
      ending,
      transcript: line.exchanges(),
      ...(raws.length > 0 && { raws }),
      requests: line.requests(),
      ...(over?.aborted && { unreached: true }),
    };
  } finally {
    line.close();
  }
}

const unreached = ({ reason }: AbortSignal): Ending => ({
  kind: 'errored',
  reason: `not judged: the run was over its deadline, ${reason} s (--deadline)`,
});

/** A case waits for several exchanges, each bounded by the patience; one that still runs after so many hangs by itself. */
const EXCHANGES_AT_MOST = 8;

async function ended(
  one: Case,
  dial: Parameters<Case['holds']>[0],
  patience: number,
  over?: AbortSignal,
): Promise<Ending> {
  const { promise: cut, resolve } = Promise.withResolvers<Ending>();
  const limit = patience * EXCHANGES_AT_MOST;
  const timer = setTimeout(
    () => resolve({ kind: 'errored', reason: `the case did not end within ${limit} ms` }),
    limit,
  );
  const leave = (): void => resolve(unreached(over!));
  over?.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([endingOf(one, dial), cut]);
  } finally {
    clearTimeout(timer);
    over?.removeEventListener('abort', leave);
  }
}

async function endingOf(one: Case, dial: Parameters<Case['holds']>[0]): Promise<Ending> {
  try {
    const observed = await one.holds(dial);
    return typeof observed === 'string' ? { kind: 'held', observed } : { kind: 'held' };
  } catch (error) {
    if (error instanceof Violation) return { kind: 'violated', expected: error.expected, got: error.got };
    return { kind: 'errored', reason: faultOf(error) };
  }
}

/** Says in one line whose fault it is that a case could not be judged. */
export function faultOf(error: unknown): string {
  if (error instanceof Undecided) return error.message;
  if (!(error instanceof Error)) return `fault in the case: ${String(error)}`;
  const cause = error.cause instanceof Error ? error.cause : undefined;
  if (error.name === 'AbortError' || error.name === 'TimeoutError')
    return 'network: the call was left before it was answered';
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? (error as NodeJS.ErrnoException).code;
  if (cause?.name === 'HTTPParserError') return 'network: the answer is not HTTP';
  // A DOMException's code is a number that says nothing.
  if (typeof code === 'string') return `network: ${[code, ...(MEANING[code] ?? [])].join(', ')}`;
  if (cause) return `network: ${cause.message.split('\n')[0]}`;
  return `fault in the case: ${error.message}`;
}

/** Codes of fetch that do not speak for themselves. */
const MEANING: Readonly<Record<string, readonly string[]>> = {
  UND_ERR_HEADERS_OVERFLOW: ['the headers of the answer are longer than fetch takes, 16 KiB'],
  UND_ERR_CONNECT_TIMEOUT: ['no connection within the 10 s of fetch'],
  UND_ERR_SOCKET: ['the other side closed the connection'],
};

function skipped(one: Case, target: Target, only: readonly string[]): Ending | undefined {
  const skip = (reason: 'filtered' | 'not-in-force' | 'not-declared', detail: string): Ending => ({
    kind: 'not-applicable',
    reason,
    detail,
  });
  if (only.length > 0 && !only.some((pattern) => matches(one, pattern))) return skip('filtered', `not asked for`);
  if (target.profile === 'core' && !one.core) return skip('not-declared', 'profile core');
  if (!inForce(one, target.edition)) {
    return skip('not-in-force', one.until ? `from ${one.since} until ${one.until}` : `from ${one.since} on`);
  }
  const missing = one.needs.filter((need) => !declares(target, need));
  return missing.length > 0 ? skip('not-declared', `the target declares no ${missing.join(', no ')}`) : undefined;
}

/** An id, a chapter, or either with `*` for anything. A table's id names all its rows. */
export function matches({ id, chapter }: Pick<Case, 'id' | 'chapter'>, pattern: string): boolean {
  if (pattern === chapter || id.startsWith(`${pattern}.`)) return true;
  const form = pattern
    .split('*')
    .map((text) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${form}$`).test(id);
}

function weighed(
  one: Case,
  target: Target,
  options: Options,
  ending: Ending,
  seen: Pick<Judged, 'durationMs' | 'transcript' | 'raws' | 'requests' | 'unreached'>,
): Judged {
  const level = levelAt(one, target.edition);
  const waiver = waiverOf(one.id, judgedIn(one, target), options.waivers ?? []);
  return { id: one.id, chapter: one.chapter, level, ending, ...seen, ...verdictOf(ending, level, waiver) };
}

/** The waiver of a requirement that is judged in `deployment`. */
export function waiverOf(id: string, deployment: string, waivers: readonly Waiver[]): Waiver | undefined {
  return waivers.find((waiver) => waiver.id === id && (waiver.deployment ?? deployment) === deployment);
}

/** The deployment that a case asks for, else the first one. */
export function judgedIn({ needs }: Case, { deployments }: Target): string {
  const asked = needs.find((need) => need.startsWith('deploy:'));
  return asked?.slice('deploy:'.length) ?? deployments[0].name;
}
