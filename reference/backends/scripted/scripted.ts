/** The scripted backend: runs whose words are known beforehand. What it answers is `answer.ts`; here it is said. */

import { randomUUID } from 'node:crypto';
import { setTimeout as timer } from 'node:timers/promises';
import { STEP, turn } from '../../steps.ts';
import { RunFailure, type Backend, type Run, type RunEvent } from '../backend.ts';
import { answerTo, type Repertoire, type Scripted } from './choosing.ts';
import type { Pace, Pacer } from './pace.ts';
import type { ScriptedAnswer, ReplyEvent, ToolCall } from './reply.ts';
import { filledIn } from './template.ts';

export interface Scripting {
  /** Of answers without one of their own. Default: as fast as can be. */
  readonly pace?: Pace;
  /** Takes a line about a call that no reply with a `match` fits. Default: no log. */
  readonly log?: (line: string) => void;
}

type Events = ReturnType<Backend['run']>;
type Play = (scripted: Scripted) => Events;

const STEP_DONE: RunEvent = { type: 'step' };

/** A backend that plays `replies`; what is put there later, too. */
export function scriptedBackend(replies: Repertoire, scripting: Scripting = {}): Backend {
  const play = (run: Run, { answer, fill }: Scripted, signal: AbortSignal): Events => {
    const script = { run, parts: partsOf(answer, fill, run) };
    const pace = answer.pace ?? scripting.pace;
    if (pace !== undefined || takesTime(answer)) return slowly(script, pace, signal);
    // There is no wait among them.
    return said(script, signal) as Generator<RunEvent>;
  };
  const begin: Backend['begin'] = async (run, signal) => {
    const answering = answerTo(run, replies, scripting.log);
    let step = answering.next();
    for (; step.done !== true; step = answering.next()) await turn();
    const { fault = {} } = step.value.answer;
    return {
      fault: Object.keys(fault).length > 0 ? fault : undefined,
      events: play(run, step.value, signal),
    };
  };
  return {
    get begin() {
      return replies.faulty ? begin : undefined;
    },
    run(run, signal) {
      const answering = answerTo(run, replies, scripting.log);
      const first = answering.next();
      const playing: Play = (scripted) => play(run, scripted, signal);
      return first.done === true ? playing(first.value) : atLength(answering, playing);
    },
    async embed({ texts, dimensions }) {
      const { LONGEST_VECTOR, vectorOf } = await import('./vectors.ts');
      if (dimensions !== undefined && dimensions > LONGEST_VECTOR)
        throw new RunFailure(400, `Expected at most ${LONGEST_VECTOR} dimensions, got ${dimensions}.`);
      const vectors: (readonly number[])[] = [];
      for (const text of texts) {
        vectors.push(vectorOf(text, dimensions));
        await turn();
      }
      return vectors;
    },
  };
}

/** A run of which the answer is still looked for, in a text of more than one step. */
async function* atLength(answering: Generator<void, Scripted>, play: Play): AsyncGenerator<RunEvent> {
  let step = answering.next();
  for (; step.done !== true; step = answering.next()) yield STEP_DONE;
  yield* play(step.value);
}

/** Whether there is something in an answer to wait for. */
function takesTime({ delay, events = [] }: ScriptedAnswer): boolean {
  return delay !== undefined || events.some((event) => 'pause' in event || 'hang' in event);
}

/** One answer, about to be said. */
interface Script {
  readonly run: Run;
  readonly parts: Iterable<Part>;
}

/** The events, and between them what is to be waited for. */
function* said({ run, parts }: Script, signal: AbortSignal): Generator<RunEvent | Wait> {
  const counts = new Counts(run);
  for (const part of parts) {
    if (signal.aborted) return;
    if ('fail' in part) throw new RunFailure(part.fail.status, part.fail.message);
    if ('type' in part && part.type === 'finish') yield* counts.rest();
    else if ('text' in part && part.text.length > STEP) yield* counts.hearLong(part.text);
    else if ('type' in part) counts.hear(part);
    yield part;
  }
  yield* counts.rest();
}

/** The events, each when its time has come. */
async function* slowly(script: Script, pace: Pace | undefined, signal: AbortSignal): AsyncGenerator<RunEvent> {
  let pacer: Pacer | undefined;
  for (const part of said(script, signal)) {
    // Made when the first part is asked for: the time of a fault's own silence does not count.
    if (pace !== undefined) pacer ??= new (await import('./pace.ts')).Pacer(pace, script.run.prompt);
    if ('pause' in part) await (pacer ?? UNPACED).pause(part.pause, signal);
    else if ('hang' in part) await aborted(signal);
    else {
      if ('text' in part) await pacer?.token(signal);
      if (signal.aborted) return;
      yield part;
    }
  }
}

/** The token counts that a reply does not give. */
class Counts {
  readonly #run: Run;
  #said = 0;
  #given = false;

  constructor(run: Run) {
    this.#run = run;
  }

  hear(event: RunEvent): void {
    if (event.type === 'text' || event.type === 'arguments') this.#said += words(event.text);
    else if (event.type === 'usage') this.#given = true;
  }

  *hearLong(text: string): Generator<RunEvent> {
    this.#said += yield* wordsIn(text);
  }

  /** The text that is left unsaid when the run ends. */
  *rest(): Generator<RunEvent> {
    if (this.#given) return;
    this.#given = true;
    const { instructions, history, prompt } = this.#run;
    let input = 0;
    for (const text of [instructions, prompt, ...history.map((past) => past.text)]) input += yield* wordsIn(text);
    yield { type: 'usage', input, output: this.#said };
  }
}

const UNPACED: Pick<Pacer, 'pause'> = {
  pause: (ms, signal) => timer(ms, undefined, { signal }).catch(() => undefined),
};

type Wait = Extract<ReplyEvent, { pause: number } | { hang: true }>;
/** What a run does: an event, or one of the parts of a reply that are none. */
type Part = RunEvent | Wait | Extract<ReplyEvent, { fail: object }>;
type Fill = (text: string) => string;

/** An answer's parts in the order in which they are said; what ends the run stands last. */
function* partsOf(
  { delay, text, events = [], toolCalls = [], usage, finish }: ScriptedAnswer,
  fill: Fill,
  run: Run,
): Generator<Part> {
  let calls = 0;
  if (delay !== undefined) yield { pause: delay };
  if (usage !== undefined) yield { type: 'usage', ...usage };
  if (typeof text === 'string') yield* wordByWord(fill(text));
  else for (const piece of text ?? []) yield { type: 'text', text: fill(piece) };
  const all = toolCalls.length === 0 ? events : [...events, ...toolCalls.map((call) => ({ call }))];
  for (const event of all) {
    if ('text' in event) {
      // Most are said once and in one piece; a generator for each would cost more than what it yields.
      if (event.times === undefined && event.cuts === undefined) yield { type: 'text', text: fill(event.text) };
      else yield* pieces(event, fill);
    } else if ('usage' in event) yield { type: 'usage', ...event.usage };
    else if ('finish' in event) return yield { type: 'finish', reason: event.finish };
    else if (!('call' in event)) yield event;
    // A client that offers no tools cannot handle a call.
    else if (run.tools?.length) yield* called(event.call, calls++, fill);
  }
  if (finish !== undefined) yield { type: 'finish', reason: finish };
}

/** A text as a speaker gives it: word by word, the blank at the front of the next word. */
function* wordByWord(text: string): Generator<RunEvent> {
  let from = 0;
  for (let at = 0; at < text.length; at += STEP) {
    if (at > from) yield STEP_DONE;
    for (const { index } of text.slice(at, at + STEP + 1).matchAll(/\S(?=\s)/g)) {
      const end = at + index + 1;
      yield { type: 'text', text: text.slice(from, end) };
      from = end;
    }
  }
  yield { type: 'text', text: text.slice(from) };
}

/** A piece of a reply, as often as it is said, cut into deltas; a cut may leave half a surrogate pair on either side. */
function* pieces({ text: given, times, cuts }: Extract<ReplyEvent, { text: string }>, fill: Fill): Generator<RunEvent> {
  for (let n = 1; n <= (times ?? 1); n++) {
    const text = fill(times === undefined ? given : given.replaceAll('{n}', String(n)));
    if (cuts === undefined) {
      yield { type: 'text', text };
      continue;
    }
    const ends = [...cuts, text.length];
    for (const [at, end] of ends.entries()) yield { type: 'text', text: text.slice(ends[at - 1] ?? 0, end) };
  }
}

/** How many characters of a call's arguments a delta has. */
const ARGUMENTS = /[^]{1,12}/gu;

function* called({ name, arguments: given = {}, id }: ToolCall, index: number, fill: Fill): Generator<RunEvent> {
  const made = `call_${randomUUID().replaceAll('-', '').slice(0, 24)}`;
  yield { type: 'call', index, id: id === undefined ? made : fill(id), name: fill(name) };
  const text = typeof given === 'string' ? fill(given) : JSON.stringify(filledIn(given, fill));
  for (const [piece] of text.matchAll(ARGUMENTS)) yield { type: 'arguments', index, text: piece };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function* wordsIn(text: string): Generator<RunEvent, number> {
  let count = 0;
  for (let at = 0; at < text.length; at += STEP) {
    if (at > 0) yield STEP_DONE;
    count += words(text, at, Math.min(at + STEP, text.length));
  }
  return count;
}

/** Those that begin in a part of a text. By hand, for it is asked about every delta: a regular expression takes five times as long. */
function words(text: string, begin = 0, end = text.length): number {
  let count = 0;
  let blank = begin === 0 || isBlank(text, begin - 1);
  for (let at = begin; at < end; at++) {
    const before = blank;
    blank = isBlank(text, at);
    if (before && !blank) count += 1;
  }
  return count;
}

function isBlank(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code > 0x20) return code >= 0x80 && /\s/.test(text.charAt(at));
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}
