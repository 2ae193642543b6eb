/**
 * `--record DIR`: what a provider answers becomes replies, which a scripted gateway plays without the provider: the deltas
 * with their times, tool calls, usage, the finish reason, failures. A run that its client leaves is not recorded.
 */

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, RunFailure, turnOf, type Backend, type Run, type RunEvent } from '../backends/backend.ts';
import { PATTERN_CHARACTERS } from '../backends/pattern.ts';
import type { Reply, ReplyEvent, ScriptedAnswer } from '../backends/scripted/reply.ts';

/** A file of a reply is at most so large, in bytes; a longer answer is not recorded. */
const FILE_BYTES = 1024 * 1024;
/** A folder of replies holds at most so many. */
const MOST_REPLIES = 1000;
/** Characters of the prompt that `about` shows. */
const SHOWN = 80;
/** Shorter ones would mask ordinary words. */
const SHORTEST_SECRET = 4;

/** Where answers are recorded. */
export interface Recording {
  /** Created when it is not there. Replies in it stay. */
  readonly folder: string;
  /** What no file may hold. */
  readonly secrets: readonly (string | undefined)[];
  readonly log: (line: string) => void;
}

/**
 * The backend, each of whose runs becomes a reply in the folder. The same call again is the next step of its reply.
 *
 * @throws {Error} in one line, when the folder cannot be written.
 */
export function recorded(backend: Backend, { folder, secrets, log }: Recording): Backend {
  const known = secrets.filter((secret) => secret !== undefined).filter(({ length }) => length >= SHORTEST_SECRET);
  const mask = (text: string): string => known.reduce((left, secret) => left.replaceAll(secret, '[redacted]'), text);
  let number = readyFolder(folder);
  const files = new Map<string, { readonly name: string; readonly answers: ScriptedAnswer[] }>();

  const keep = (run: Run, events: ReplyEvent[]): void => {
    const match = matchOf(run, mask);
    const key = JSON.stringify(match);
    if (!files.has(key) && files.size >= MOST_REPLIES) return log(`Not recorded: more than ${MOST_REPLIES} calls.`);
    const { name, answers } = files.get(key) ?? { name: `recorded-${String(++number).padStart(4, '0')}`, answers: [] };
    files.set(key, { name, answers });
    answers.push({ events: masked(events, mask) });
    const about = `Recorded. ${mask(messageOf(run)).slice(0, SHOWN)}`;
    const reply: Reply = { about, match, ...(answers.length > 1 ? { sequence: answers } : answers[0]) };
    const text = `${JSON.stringify(reply, null, 2)}\n`;
    if (Buffer.byteLength(text) > FILE_BYTES) {
      answers.pop();
      return log(`Not recorded: an answer of more than ${FILE_BYTES} bytes.`);
    }
    try {
      // Only the owner may read what people say to their agents.
      writeFileSync(join(folder, `${name}.json`), text, { mode: 0o600 });
    } catch (cause) {
      log(notWritten(folder, cause).message);
    }
  };

  return {
    async *run(run, signal) {
      const tape = new Tape();
      try {
        for await (const event of backend.run(run, signal)) {
          tape.take(event);
          yield event;
        }
      } catch (cause) {
        if (cause instanceof RunFailure) {
          tape.fail(cause);
          keep(run, tape.events);
        }
        throw cause;
      }
      if (!signal.aborted) keep(run, tape.events);
    },
  };
}

/** What a run says, as the events of a reply. */
class Tape {
  readonly events: ReplyEvent[] = [];
  readonly #calls = new Map<number, { name: string; id: string; arguments: string }>();
  #last = performance.now();

  take(event: RunEvent): void {
    switch (event.type) {
      case 'text':
        this.#pause();
        this.events.push(...textsOf(event.text));
        break;
      case 'call': {
        this.#pause();
        const call = { name: event.name, id: event.id, arguments: '' };
        this.#calls.set(event.index, call);
        this.events.push({ call });
        break;
      }
      case 'arguments': {
        const call = this.#calls.get(event.index);
        // Where `{{` stands in valid JSON, it stands in a text.
        if (call) call.arguments = (call.arguments + event.text).replaceAll('{{', String.raw`{\u007b`);
        break;
      }
      case 'usage': {
        const { input, output, cached } = event;
        this.events.push({ usage: { input, output, ...(cached !== undefined && { cached }) } });
        break;
      }
      case 'finish':
        // No reply is filtered.
        this.events.push({ finish: event.reason === 'content_filter' ? 'stop' : event.reason });
        break;
      case 'step':
    }
  }

  fail({ status, message }: RunFailure): void {
    this.#pause();
    this.events.push({ fail: { status: Math.min(599, Math.max(400, status)), message } });
  }

  /** The time since the last event. */
  #pause(): void {
    const now = performance.now();
    const pause = Math.round(now - this.#last);
    this.#last = now;
    if (pause > 0) this.events.push({ pause });
  }
}

/** A text as events. What would be read as a template is cut in two. */
const textsOf = (text: string): ReplyEvent[] => text.split(/(?<=\{)(?=\{)/).map((piece) => ({ text: piece }));

/** The events without secrets. One that several deltas spell makes them one delta. */
function masked(events: ReplyEvent[], mask: (text: string) => string): ReplyEvent[] {
  const texts = events.flatMap((event) => ('text' in event ? [event.text] : []));
  const [whole, pieces] = [mask(texts.join('')), texts.map(mask).join('')];
  let first = true;
  return events.flatMap((event): ReplyEvent[] => {
    if ('call' in event) return [{ call: { ...event.call, arguments: mask(event.call.arguments as string) } }];
    if ('fail' in event) return [{ fail: { ...event.fail, message: mask(event.fail.message) } }];
    if (!('text' in event)) return [event];
    if (whole === pieces) return [{ text: mask(event.text) }];
    const all = first ? textsOf(whole) : [];
    first = false;
    return all;
  });
}

function matchOf(run: Run, mask: (text: string) => string): NonNullable<Reply['match']> {
  const message = mask(messageOf(run));
  const pattern = `^${message.replaceAll(/[^\w\s]/g, (sign) => (sign.charCodeAt(0) < 128 ? `\\${sign}` : sign))}$`;
  const whole = pattern.length <= PATTERN_CHARACTERS && message === messageOf(run);
  return {
    message: whole ? { pattern } : message.split('[redacted]')[0]!,
    role: run.message?.role === 'tool' ? 'tool' : 'user',
    agent: run.agent,
    turn: turnOf(run),
  };
}

/** The highest number of a recording in the folder. */
function readyFolder(folder: string): number {
  try {
    mkdirSync(folder, { recursive: true });
    return Math.max(0, ...readdirSync(folder).map((file) => Number(/^recorded-(\d{4,6})\.json$/.exec(file)?.[1] ?? 0)));
  } catch (cause) {
    throw notWritten(folder, cause);
  }
}

function notWritten(folder: string, cause: unknown): Error {
  const got = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an error';
  return new Error(`Failed to record to ${folder}: expected a folder to write to, got ${got}. Name another one.`, {
    cause,
  });
}
