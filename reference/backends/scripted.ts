/** The scripted backend: runs whose words are known beforehand. What it answers is `answer.ts`; here it is said. */

import { randomUUID } from 'node:crypto';
import { setTimeout as timer } from 'node:timers/promises';
import { answerTo, type Repertoire } from './answer.ts';
import { RunFailure, type Backend, type Run, type RunEvent } from './backend.ts';
import type { Pace, Pacer } from './pace.ts';
import type { Answer, ReplyEvent, ToolCall } from './reply.ts';
import { filledIn } from './template.ts';

export interface Scripting {
  /** Of answers without one of their own. Default: as fast as can be. */
  readonly pace?: Pace;
  /** Takes a line about a call that no reply with a `match` was for. Default: nobody listens. */
  readonly log?: (line: string) => void;
}

/** A backend that plays `replies`; what is put there later, too. */
export function scriptedBackend(replies: Repertoire, scripting: Scripting = {}): Backend {
  return {
    faulty: () => replies.faulty,
    async *run(run, signal) {
      const { answer, fill } = answerTo(run, replies, scripting.log);
      if (replies.faulty) yield { type: 'fault', fault: answer.fault ?? {} };
      const pace = answer.pace ?? scripting.pace;
      const pacer = pace && new (await import('./pace.ts')).Pacer(pace, run.prompt);
      let counted = false;
      let said = 0;
      for (const part of partsOf(answer, fill, run)) {
        if (!('type' in part)) {
          if ('fail' in part) throw new RunFailure(part.fail.status, part.fail.message);
          await ('pause' in part ? (pacer ?? UNPACED).pause(part.pause, signal) : aborted(signal));
          if (signal.aborted) return;
          continue;
        }
        if (part.type === 'text' || part.type === 'arguments') {
          said += words(part.text);
          // Without a pace nothing is waited for, not even a promise.
          if (pacer !== undefined) await pacer.token(signal);
        } else if (part.type === 'usage') counted = true;
        if (signal.aborted) return;
        // What ends the run comes last, after the usage that a reply does not give.
        if (part.type === 'finish' && !counted) yield { type: 'usage', input: heard(run), output: said };
        yield part;
        if (part.type === 'finish') return;
      }
      if (!counted) yield { type: 'usage', input: heard(run), output: said };
    },
  };
}

const UNPACED: Pick<Pacer, 'pause'> = {
  pause: (ms, signal) => timer(ms, undefined, { signal }).catch(() => undefined),
};

/** What a run does: an event, or one of the parts of a reply that are none. */
type Part = RunEvent | Extract<ReplyEvent, { pause: number } | { hang: true } | { fail: object }>;
type Fill = (text: string) => string;

/** An answer's parts in the order in which they are said; what ends the run stands last. */
function* partsOf(
  { delay, text, events = [], toolCalls = [], usage, finish }: Answer,
  fill: Fill,
  run: Run,
): Generator<Part> {
  let calls = 0;
  if (delay !== undefined) yield { pause: delay };
  if (usage !== undefined) yield { type: 'usage', ...usage };
  if (typeof text === 'string') yield* wordByWord(fill(text));
  else for (const piece of text ?? []) yield { type: 'text', text: fill(piece) };
  for (const event of [...events, ...toolCalls.map((call) => ({ call }))]) {
    if ('text' in event) yield* pieces(event, fill);
    else if ('usage' in event) yield { type: 'usage', ...event.usage };
    else if ('finish' in event) return yield { type: 'finish', reason: event.finish };
    else if (!('call' in event)) yield event;
    // A caller that offers no tools would not know what to do with a call.
    else if (run.tools?.length) yield* called(event.call, calls++, fill);
  }
  if (finish !== undefined) yield { type: 'finish', reason: finish };
}

/** A text as a speaker gives it: word by word, the blank at the front of the next word. */
function* wordByWord(text: string): Generator<RunEvent> {
  let said = 0;
  for (const { index } of text.matchAll(/\S(?=\s)/g)) {
    yield { type: 'text', text: text.slice(said, index + 1) };
    said = index + 1;
  }
  yield { type: 'text', text: text.slice(said) };
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

function heard(run: Run): number {
  return [run.instructions, ...run.history.map((turn) => turn.text), run.prompt].reduce((sum, t) => sum + words(t), 0);
}

/** By hand, for it is asked about every delta: a regular expression takes five times as long. */
function words(text: string): number {
  let count = 0;
  let inside = false;
  for (let at = 0; at < text.length; at++) {
    const blank = isBlank(text.charCodeAt(at));
    if (!blank && !inside) count += 1;
    inside = !blank;
  }
  return count;
}

function isBlank(code: number): boolean {
  return code < 0x80 ? code === 0x20 || (code >= 0x09 && code <= 0x0d) : /\s/.test(String.fromCharCode(code));
}
