/** An entry of the journal: one request and its outcome, as plain JSON. */

import type { IncomingHttpHeaders } from 'node:http';
import { redactedHeaders, redactedQuery, type Redact } from './redaction.ts';

/** One request and its outcome. It changes until `ended` is true. */
export interface JournalEntry {
  /** 1 for the first; never used twice, not even after `clear()`. */
  readonly number: number;
  /** The number of its connection: 1 for the first. */
  readonly connection: number;
  /** '' when the request could not be parsed; then `path` is '' too, and `headers` is empty. */
  readonly method: string;
  /** As it was sent, without the query. */
  readonly path: string;
  /** '' or from `?` on; the values of parameters that name a secret are masked. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON, or text when it is not JSON or was cut at `BODY_LIMIT`; null before it is complete, and without a body. */
  readonly body: unknown;
  /** The received bytes of the body. */
  readonly bodyBytes: number;
  /** Equal for equal requests: method, path, query, credential, session and agent headers, body; '' until the body is complete or broken. */
  readonly fingerprint: string;
  /** The status that was sent; null when none was. A 200 may have been cut short: see `abortedBy`. */
  readonly status: number | null;
  /** Retry-After of the response, in seconds; null without. */
  readonly retryAfter: number | null;
  /** This and the next five are null for a call that is refused before a run begins. */
  readonly agent: string | null;
  readonly sessionKey: string | null;
  /** The number of turns that the session remembered when the call arrived. */
  readonly remembered: number | null;
  /** The run's id, which is the response's `id`. */
  readonly run: string | null;
  readonly model: string | null;
  readonly stream: boolean | null;
  /** The name of the scripted reply that was played; null without one. */
  readonly reply: string | null;
  /** The number of frames that were sent, without `[DONE]`. */
  readonly chunks: number;
  /** The last finish reason that was sent in a stream. */
  readonly finishReason: string | null;
  /** `delivered`: all of the response was handed to the operating system before the connection closed. */
  readonly done: 'no' | 'written' | 'delivered';
  /** The message of a refusal, or of the error in a stream; null without. For a response in plain text: the status text. */
  readonly message: string | null;
  /** What cut the response; null when nothing did yet. "gateway": it is closing, or a limit was exceeded. */
  readonly abortedBy: 'client' | 'gateway' | 'fault' | null;
  /** The scripted fault, as it was ordered. */
  readonly fault: Readonly<Record<string, unknown>> | null;
  /** Whether the entry is final. */
  readonly ended: boolean;
  readonly timings: Timings;
}

/** When things happened to a request. */
export interface Timings {
  /** In milliseconds since 1970; the others are in milliseconds since then, and null before they are known. */
  readonly arrived: number;
  readonly firstByte: number | null;
  /** Since when the client takes none of the bytes that wait for it; null while it takes them. */
  readonly stalled: number | null;
  readonly end: number | null;
}

/** The fields that the gateway fills in while it answers a call. */
export type Note = Partial<
  Pick<JournalEntry, 'agent' | 'sessionKey' | 'remembered' | 'run' | 'model' | 'stream' | 'reply' | 'fault' | 'message'>
>;

/** An entry that can still change. */
export type OpenEntry = Writable<Omit<JournalEntry, 'timings'>> & { timings: Writable<Timings> };
type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * A condition: a function, or fields that equal those of the entry; in objects and arrays only what is named is compared.
 * A function that throws does not match: many fields of a request that has just arrived are null.
 */
export type Match = ((entry: JournalEntry) => boolean) | Readonly<Record<string, unknown>>;

/** The head of a request. Undefined fields are those of a request that could not be read. */
export interface RequestHead {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** What the journal knows of an exchange when it begins. `arrived` is in milliseconds since 1970. */
export interface Known {
  readonly number: number;
  readonly connection: number;
  readonly arrived: number;
}

/** The entry of a request that has just arrived, without what must be redacted first. */
export function openEntry(method: string, known: Known): OpenEntry {
  return {
    number: known.number,
    connection: known.connection,
    method,
    path: '',
    query: '',
    headers: {},
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
    timings: { arrived: known.arrived, firstByte: null, stalled: null, end: null },
  };
}

/** The redacted fields of a request's head. */
export function redactedHead(
  { url = '', headers }: RequestHead,
  redact: Redact,
): Pick<JournalEntry, 'path' | 'query' | 'headers'> {
  const at = url.includes('?') ? url.indexOf('?') : url.length;
  return {
    path: redact(url.slice(0, at)),
    query: redactedQuery(url.slice(at), redact),
    headers: redactedHeaders(headers, redact),
  };
}

/** An entry in one line. */
export function summary({ number, method, path, status, agent, sessionKey, abortedBy, ended }: JournalEntry): string {
  const session = agent === null ? '' : ` as ${agent} in ${JSON.stringify(sessionKey)}`;
  const outcome = abortedBy === null ? (ended ? '' : ', on its way') : `, aborted by the ${abortedBy}`;
  return `#${number} ${method} ${path}${status === null ? '' : ` ${status}`}${session}${outcome}`;
}

/** Entries in one line, the newest five of them. */
export function summaries(entries: readonly JournalEntry[]): string {
  const newest = entries.slice(-5).map(summary).join('; ');
  return entries.length > 5 ? `${entries.length}, the newest of them ${newest}` : newest || 'none';
}

/** A condition as a function. */
export function matcher(match: Match): (entry: JournalEntry) => boolean {
  const asked = typeof match === 'function' ? match : (entry: JournalEntry) => holds(match, entry);
  return (entry) => {
    try {
      return asked(entry);
    } catch {
      return false;
    }
  };
}

/** Whether `given` has all that `wanted` names. */
function holds(wanted: unknown, given: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return Object.is(wanted, given);
  if (typeof given !== 'object' || given === null) return false;
  return Object.entries(wanted).every(
    ([key, value]) => Object.hasOwn(given, key) && holds(value, (given as Record<string, unknown>)[key]),
  );
}

/** Freezes a value and all its parts. Without recursion: a body may be nested deeper than the stack. */
export function freeze(whole: object): void {
  const left: unknown[] = [whole];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value !== 'object' || value === null) continue;
    Object.freeze(value);
    for (const part of Object.values(value)) left.push(part);
  }
}

/** A condition as text. */
export function wantedOf(match: Match): string {
  try {
    if (typeof match === 'object') return JSON.stringify(match);
  } catch {
    // It is circular, or nested deeper than the stack.
  }
  return 'a request that matches';
}

/** What distinguishes requests whose bodies are equal, in lines: none of it can contain a line end. */
export function identityOf({ method, url, headers }: RequestHead): string {
  let identity = `${method} ${url}\n${headers.authorization}\n`;
  for (const name in headers) {
    if (name.startsWith('x-openclaw-') || name === 'content-length') identity += `${name}:${String(headers[name])}\n`;
  }
  return `${identity}\n`;
}

/** Retry-After is a number of seconds, or a date. */
export function secondsOf(text: string, now: number): number | null {
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - now) / 1_000;
  return Number.isNaN(seconds) ? null : Math.max(0, seconds);
}
