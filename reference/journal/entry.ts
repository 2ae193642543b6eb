/** An entry of the journal: one request and what became of it, as plain JSON. */

import type { IncomingMessage } from 'node:http';
import { redactedHeaders, redactedQuery, type Redact } from './redaction.ts';

export interface Entry {
  /** 1 for the first one; never given twice, also after `clear()`. */
  readonly number: number;
  /** Which connection it came on: 1 for the first. */
  readonly connection: number;
  /** '' when nothing was sent that could be read as a request; then `path` is too, and `headers` is empty. */
  readonly method: string;
  /** As it was sent, without the query. */
  readonly path: string;
  /** '' or from `?` on; the values of parameters that name a secret are masked. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON if it is some, else text; null before it is there, and when it never came. Cut at `BODY_LIMIT`, it is text. */
  readonly body: unknown;
  /** How many bytes of the body came. */
  readonly bodyBytes: number;
  /** Equal for equal requests: method, path, query, credential, session and agent headers, body; '' until that is there. */
  readonly fingerprint: string;
  /** What was sent; null when nothing was. Whoever looks at a 200 looks at `abortedBy` too. */
  readonly status: number | null;
  /** Seconds of the answer's Retry-After; null without. */
  readonly retryAfter: number | null;
  /** These six are null for a call that is refused before a run is begun. */
  readonly agent: string | null;
  readonly sessionKey: string | null;
  /** How many turns the session remembered when the call came. */
  readonly remembered: number | null;
  /** The run's id, which is the answer's `id`. */
  readonly run: string | null;
  readonly model: string | null;
  readonly stream: boolean | null;
  /** The name of the scripted reply that answered; null when none did. */
  readonly reply: string | null;
  /** How many frames of a stream were sent, `[DONE]` not counted. */
  readonly chunks: number;
  /** The last finish reason that was sent in a stream. */
  readonly finishReason: string | null;
  /** `delivered`: all of the answer was handed to the operating system while the connection stood. */
  readonly done: 'no' | 'written' | 'delivered';
  /** The words of a refusal, or of the error in a stream; null without. In plain text: its status in words. */
  readonly message: string | null;
  /** Who ended it before its end; null: nobody, or not yet. "gateway": it is closing, or a limit was passed. */
  readonly abortedBy: 'client' | 'gateway' | 'fault' | null;
  /** The fault that was asked for, as it was ordered. */
  readonly fault: Readonly<Record<string, unknown>> | null;
  /** Nothing in this entry changes any more. */
  readonly ended: boolean;
  readonly timings: Timings;
}

export interface Timings {
  /** In milliseconds since 1970; the others are in milliseconds since then, and null before they are known. */
  readonly arrived: number;
  readonly firstByte: number | null;
  /** Since when the caller takes none of the bytes that wait for him; null when he takes them. */
  readonly stalled: number | null;
  readonly end: number | null;
}

/** What a call tells while it is answered. */
export type Note = Partial<
  Pick<Entry, 'agent' | 'sessionKey' | 'remembered' | 'run' | 'model' | 'stream' | 'reply' | 'fault' | 'message'>
>;

/** An entry while it is written. */
export type Draft = Writable<Omit<Entry, 'timings'>> & { timings: Writable<Timings> };
type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * A condition: a function, or fields of which each is as in the entry, objects and arrays down to what is named. One that
 * throws does not hold: of a request that has just arrived much is null.
 */
export type Match = ((entry: Entry) => boolean) | Readonly<Record<string, unknown>>;

/** The entry of a request that has just arrived. */
export function drafted(
  { method = '', url = '', headers }: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
  { arrived, ...known }: { readonly number: number; readonly connection: number; readonly arrived: number },
  redact: Redact,
): Draft {
  const at = url.includes('?') ? url.indexOf('?') : url.length;
  return {
    ...known,
    method,
    path: redact(url.slice(0, at)),
    query: redactedQuery(url.slice(at), redact),
    headers: redactedHeaders(headers, redact),
    body: null,
    bodyBytes: 0,
    fingerprint: '',
    status: null,
    retryAfter: null,
    agent: null,
    sessionKey: null,
    remembered: null,
    run: null,
    model: null,
    stream: null,
    reply: null,
    chunks: 0,
    finishReason: null,
    done: 'no',
    message: null,
    abortedBy: null,
    fault: null,
    ended: false,
    timings: { arrived, firstByte: null, stalled: null, end: null },
  };
}

/** An entry in one line. */
export function summary({ number, method, path, status, agent, sessionKey, abortedBy, ended }: Entry): string {
  const who = agent === null ? '' : ` as ${agent} in ${JSON.stringify(sessionKey)}`;
  const outcome = abortedBy === null ? (ended ? '' : ', on its way') : `, aborted by the ${abortedBy}`;
  return `#${number} ${method} ${path}${status === null ? '' : ` ${status}`}${who}${outcome}`;
}

/** Entries in one line, the newest five of them. */
export function summaries(entries: readonly Entry[]): string {
  const newest = entries.slice(-5).map(summary).join('; ');
  return entries.length > 5 ? `${entries.length}, the newest of them ${newest}` : newest || 'none';
}

/** A condition as a function. */
export function matcher(match: Match): (entry: Entry) => boolean {
  const asked = typeof match === 'function' ? match : (entry: Entry) => holds(match, entry);
  return (entry) => {
    try {
      return asked(entry);
    } catch {
      return false;
    }
  };
}

/** Whether all that `wanted` names is so in `given`. */
function holds(wanted: unknown, given: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return Object.is(wanted, given);
  if (typeof given !== 'object' || given === null) return false;
  return Object.entries(wanted).every(
    ([key, value]) => Object.hasOwn(given, key) && holds(value, (given as Record<string, unknown>)[key]),
  );
}

/** Nothing in it changes any more. Without recursion: a body may be nested as deep as it likes. */
export function freeze(whole: object): void {
  const left: unknown[] = [whole];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value !== 'object' || value === null) continue;
    Object.freeze(value);
    for (const part of Object.values(value)) left.push(part);
  }
}

/** A condition in words. */
export function wantedOf(match: Match): string {
  try {
    if (typeof match === 'object') return JSON.stringify(match);
  } catch {
    // It has no end, or none that can be reached.
  }
  return 'a request that matches';
}

/** What makes a request another one although its body is the same. */
export function identityOf({ method, url, headers }: IncomingMessage): string {
  const routing = Object.entries(headers).filter(
    ([name]) => name.startsWith('x-openclaw-') || name === 'content-length',
  );
  return JSON.stringify([method, url, headers.authorization, routing]);
}

/** Retry-After is a number of seconds, or a date. */
export function secondsOf(text: string, now: number): number | null {
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - now) / 1_000;
  return Number.isNaN(seconds) ? null : Math.max(0, seconds);
}
