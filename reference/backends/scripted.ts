/**
 * The scripted backend: runs whose words are known beforehand. It looks for marks in what the conversation says, plays
 * the reply that the newest mark asks for, and without any mark repeats what it was told.
 *
 * Marks stand anywhere in a text: gateways wrap what a caller says in time stamps and in headings of their own.
 *
 * - `play:<name>` plays the reply of that name; `play:echo <<<any text>>>` says that text
 * - `Remember the code word: X` and, later, `Which code word …?`
 * - `Which agent are you?` is answered with the agent's id alone
 * - `Say hello` is answered with a greeting
 */

import { setTimeout as wait } from 'node:timers/promises';
import { RunFailure, type Backend, type Run, type RunEvent, type Turn } from './backend.ts';
import { Replies } from './replies.ts';
import type { Reply, ReplyEvent } from './reply.ts';

/** A mark found in a text. */
type Mark =
  | { readonly type: 'echo'; readonly payload: string }
  | { readonly type: 'play'; readonly name: string }
  | { readonly type: 'remember'; readonly word: string }
  | { readonly type: 'which-word' }
  | { readonly type: 'which-agent' }
  | { readonly type: 'hello' };

const NAMED = [
  String.raw`\bplay:(?<name>[a-z0-9]+(?:-[a-z0-9]+)*)`,
  String.raw`\bremember (?:this|the) code word:? (?<word>\S+)`,
  String.raw`\b(?<whichWord>which code word)`,
  String.raw`\b(?<whichAgent>which agent are you)`,
  String.raw`\b(?<hello>say hello)`,
];
// `echo` stands first so that marks inside a payload belong to the payload. A payload ends at the last `>` of a `>>>`.
const ECHO = String.raw`\bplay:echo\s*<<<(?<payload>[^]*?)>>>(?!>)`;
const MARK = new RegExp([ECHO, ...NAMED].join('|'), 'gi');
const MARK_BUT_ECHO = new RegExp(NAMED.join('|'), 'gi');

function marksIn(text: string): Mark[] {
  // Behind the last `>>>` no payload can end; looking for its end from each `<<<` there would cost the square.
  const last = text.lastIndexOf('>>>');
  const edge = last === -1 ? 0 : last + '>>>'.length;
  const matches = [...text.slice(0, edge).matchAll(MARK), ...text.slice(edge).matchAll(MARK_BUT_ECHO)];
  return matches.map(({ groups = {} }): Mark => {
    if (groups.payload !== undefined) return { type: 'echo', payload: groups.payload };
    if (groups.name !== undefined) return { type: 'play', name: groups.name };
    if (groups.word !== undefined) return { type: 'remember', word: withoutStop(groups.word) };
    if (groups.hello !== undefined) return { type: 'hello' };
    return { type: groups.whichWord === undefined ? 'which-agent' : 'which-word' };
  });
}

function withoutStop(word: string): string {
  let end = word.length;
  while (end > 0 && '.,!'.includes(word.charAt(end - 1))) end -= 1;
  return word.slice(0, end);
}

/** A backend that plays `replies`, by name; what is put there later, too. */
export function scriptedBackend(given: Replies | ReadonlyMap<string, Reply>): Backend {
  const replies = given instanceof Replies ? given : new Replies(given);
  return {
    async *run(run, signal) {
      let counted = false;
      let said = 0;
      for (const event of answerTo(run, replies)) {
        for await (const emitted of play(event, signal)) {
          if (signal.aborted) return;
          if (emitted.type === 'usage') counted = true;
          if (emitted.type === 'text') said += words(emitted.text);
          // What ends the run comes last, after the usage that a reply does not give.
          if (emitted.type === 'finish' && !counted) yield { type: 'usage', input: heard(run), output: said };
          if (emitted.type === 'finish') return yield emitted;
          yield emitted;
        }
        if (signal.aborted) return;
      }
      if (!counted) yield { type: 'usage', input: heard(run), output: said };
    },
  };
}

/** What the conversation asks for: its newest mark decides. What an assistant said is never a mark. */
function answerTo(run: Run, replies: Replies): Iterable<ReplyEvent> {
  const conversation: readonly Turn[] = [...run.history, { role: 'user', text: run.prompt }];
  const marks = conversation.flatMap((turn) => (turn.role === 'assistant' ? [] : marksIn(turn.text)));
  const mark = marks.at(-1);
  switch (mark?.type) {
    case undefined:
      return say(`You said: ${run.prompt}`);
    case 'echo':
      return say(mark.payload);
    case 'play':
      return replies.get(mark.name)?.events ?? say(`There is no reply named "${mark.name}".`);
    case 'remember':
      return say('OK, I will remember it.');
    case 'which-word': {
      const told = marks.findLast((earlier) => earlier.type === 'remember');
      return say(told === undefined ? 'NONE' : `The code word is ${told.word}.`);
    }
    case 'which-agent':
      return say(run.agent);
    case 'hello':
      return say('Hello! What can I do for you?');
  }
}

/** A text as a speaker gives it: word by word, the blank at the front of the next word. */
function* say(text: string): Generator<ReplyEvent> {
  let said = 0;
  for (const { index } of text.matchAll(/\S(?=\s)/g)) {
    yield { text: text.slice(said, index + 1) };
    said = index + 1;
  }
  yield { text: text.slice(said) };
}

async function* play(event: ReplyEvent, signal: AbortSignal): AsyncGenerator<RunEvent> {
  if ('text' in event) {
    const times = event.times ?? 1;
    for (let n = 1; n <= times; n++) yield* cut(event.text.replaceAll('{n}', String(n)), event.cuts ?? []);
  } else if ('pause' in event) {
    await wait(event.pause, undefined, { signal }).catch(() => undefined);
  } else if ('hang' in event) {
    await aborted(signal);
  } else if ('usage' in event) {
    yield { type: 'usage', ...event.usage };
  } else if ('finish' in event) {
    yield { type: 'finish', reason: event.finish };
  } else {
    throw new RunFailure(event.fail.status, event.fail.message);
  }
}

/** A piece as several deltas; a cut between the halves of a surrogate pair leaves a half on either side. */
function* cut(text: string, cuts: readonly number[]): Generator<RunEvent> {
  const ends = [...cuts, text.length];
  for (const [at, end] of ends.entries()) yield { type: 'text', text: text.slice(ends[at - 1] ?? 0, end) };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function heard(run: Run): number {
  return [run.instructions, ...run.history.map((turn) => turn.text), run.prompt].reduce((sum, t) => sum + words(t), 0);
}

function words(text: string): number {
  return text.matchAll(/\S+/g).reduce((count) => count + 1, 0);
}
