/**
 * The journal: every request that reached the gateway, refused ones too, and what became of it.
 *
 *     const journal = new Journal();
 *     const gateway = createGateway({ ...options, backend, journal });
 *     const entry = await journal.waitForRequest({ agent: 'beta' }, { timeoutMs: 2_000 });
 *
 * Entries are plain JSON. They change while the request is on its way and never afterwards. No secret is in them: the
 * gateway's own is masked wherever it stands, and so is what a caller offers as one. A WebSocket is not a request here.
 */

import { createHmac, randomBytes, type Hmac } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { observe, type Observer } from './recorder.ts';
import { redactedBody, redactedHeaders, redactedQuery, redaction, type Redact } from './redaction.ts';

export interface Entry {
  /** 1 for the first one; never given twice, also after `clear()`. */
  readonly number: number;
  /** Which connection it came on: 1 for the first. */
  readonly connection: number;
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
  /** How many frames of a stream were sent, `[DONE]` not counted. */
  readonly chunks: number;
  /** The last finish reason that was sent in a stream. */
  readonly finishReason: string | null;
  /** `delivered`: all of the answer was handed to the operating system while the connection stood. */
  readonly done: 'no' | 'written' | 'delivered';
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
export type Note = Partial<Pick<Entry, 'agent' | 'sessionKey' | 'remembered' | 'run' | 'model' | 'stream' | 'fault'>>;

/** A condition: a function, or fields of which each is as in the entry, objects and arrays down to what is named. */
export type Match = ((entry: Entry) => boolean) | Readonly<Record<string, unknown>>;

export interface JournalOptions {
  /** How many entries are kept, the newest. Default: 1 000. */
  readonly entries?: number;
  /** How many characters of JSON they have together. Default: 32 Mi. */
  readonly characters?: number;
  /** How long `[DONE]` is held back, in milliseconds, so that a client who leaves without it is told. Default: 0. */
  readonly holdDoneMs?: number;
  /** In milliseconds since 1970. Default: a clock that never goes back. */
  readonly now?: () => number;
}

/** How much of one body is kept, in bytes. */
export const BODY_LIMIT = 256 * 1024;

/** How much of a body that did not come whole tells it from another, in bytes. */
const FRONT = 16 * 1024;

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
type Draft = Writable<Omit<Entry, 'timings'>> & { timings: Writable<Timings> };

interface Waiter {
  readonly matches: (entry: Entry) => boolean;
  readonly resolve: (entry: Entry) => void;
}

export class Journal {
  /** Entries in the order of arrival, each with its size. */
  readonly #kept = new Map<Entry, number>();
  readonly #drafts = new WeakMap<IncomingMessage, { draft: Draft; redact: Redact }>();
  readonly #connections = new WeakMap<Socket, number>();
  readonly #waiters = new Set<Waiter>();
  readonly #limits: Required<JournalOptions>;
  /** Nobody else has it: a fingerprint tells nothing of what it was taken of. */
  readonly #fingerprintKey = randomBytes(32);
  #arrived = 0;
  #connected = 0;
  #characters = 0;
  #forgotten = 0;

  constructor(options: JournalOptions = {}) {
    const now = (): number => performance.timeOrigin + performance.now();
    this.#limits = { entries: 1_000, characters: 32 * 1024 * 1024, holdDoneMs: 0, now, ...options };
  }

  /** How many entries were dropped to keep the bounds. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** The number of the newest entry; 0 before the first. */
  get last(): number {
    return this.#arrived;
  }

  /** The journal's time, in milliseconds since 1970. */
  get now(): number {
    return this.#limits.now();
  }

  /** Oldest first. */
  entries(match: Match = {}): Entry[] {
    return [...this.#kept.keys()].filter(matcher(match));
  }

  /** Forgets all entries; numbers go on. */
  clear(): void {
    this.#kept.clear();
    this.#characters = 0;
    this.#forgotten = 0;
  }

  /**
   * Resolves to the first entry that matches: one that is there already, or the next one that comes to match, be it at
   * its end. What must come from now on has `after: journal.last`.
   *
   * @param timeoutMs Default: 5 000.
   * @throws {Error} in one line that says what came instead.
   */
  async waitForRequest(
    match: Match = {},
    { timeoutMs = 5_000, after = 0 }: { readonly timeoutMs?: number; readonly after?: number } = {},
  ): Promise<Entry> {
    const wanted = matcher(match);
    const matches = (entry: Entry): boolean => entry.number > after && wanted(entry);
    const there = [...this.#kept.keys()].find(matches);
    if (there !== undefined) return there;
    const { promise, resolve, reject } = Promise.withResolvers<Entry>();
    const waiter = { matches, resolve };
    this.#waiters.add(waiter);
    const late = setTimeout(() => reject(this.#nothing(match, timeoutMs, after)), timeoutMs);
    try {
      return await promise;
    } finally {
      clearTimeout(late);
      this.#waiters.delete(waiter);
    }
  }

  /** What a call tells of itself; nothing for a request that is not in the journal. */
  note(request: IncomingMessage, note: Note): void {
    const found = this.#drafts.get(request);
    if (found === undefined || found.draft.ended) return;
    Object.assign(found.draft, JSON.parse(found.redact(JSON.stringify(note))));
    this.#tell(found.draft);
  }

  /** A listener that keeps what passes through it. The secrets are the gateway's own. */
  recording(listener: RequestListener, secrets: readonly string[]): RequestListener {
    return (request, response) => {
      this.#keep(request, response, secrets);
      listener(request, response);
    };
  }

  #keep(request: IncomingMessage, response: ServerResponse, secrets: readonly string[]): void {
    const offered = request.headers.authorization?.replace(/^\S+\s+/, '').trim() ?? '';
    const known = offered.length < 8 ? secrets : [...secrets, offered];
    const redact = redaction(known);
    const draft = this.#drafted(request, redact);
    this.#drafts.set(request, { draft, redact });
    this.#kept.set(draft, 0);
    this.#weigh(draft, JSON.stringify(draft).length);
    observe(request, response, this.#observer(request, draft, redact, known), this.#limits.holdDoneMs);
    this.#tell(draft);
  }

  #drafted({ method = '', url = '', headers, socket }: IncomingMessage, redact: Redact): Draft {
    const at = url.includes('?') ? url.indexOf('?') : url.length;
    const connection = this.#connections.get(socket) ?? (this.#connected += 1);
    this.#connections.set(socket, connection);
    return {
      number: (this.#arrived += 1),
      connection,
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
      chunks: 0,
      finishReason: null,
      done: 'no',
      abortedBy: null,
      fault: null,
      ended: false,
      timings: { arrived: this.now, firstByte: null, stalled: null, end: null },
    };
  }

  #observer(request: IncomingMessage, draft: Draft, redact: Redact, secrets: readonly string[]): Observer {
    const { timings } = draft;
    const since = (): number => Math.max(0, this.now - timings.arrived);
    const digest = this.#digest(request);
    const pieces: Buffer[] = [];
    let room = BODY_LIMIT;
    /** Once: when the body is whole, or nothing more of it can come. */
    const read = (whole: boolean): void => {
      if (draft.fingerprint !== '') return;
      const bytes = Buffer.concat(pieces);
      // Where a caller stops who was refused is chance; what he began with is not.
      const seen = whole ? digest : this.#digest(request).update(bytes.subarray(0, FRONT));
      draft.fingerprint = seen.digest('hex').slice(0, 16);
      if (draft.bodyBytes === 0) return;
      const text = bytes.toString();
      const cut = !whole || draft.bodyBytes > BODY_LIMIT;
      draft.body = cut ? cutShort(redact(text), secrets) : redactedBody(text, redact);
      pieces.length = 0;
    };
    return {
      piece: (bytes) => {
        draft.bodyBytes += bytes.length;
        if (draft.fingerprint !== '') return;
        digest.update(bytes);
        if (room > 0) pieces.push(bytes.subarray(0, room));
        this.#weigh(draft, Math.min(room, bytes.length));
        room = Math.max(0, room - bytes.length);
        this.#tell(draft);
      },
      whole: () => {
        read(true);
        this.#tell(draft);
      },
      head: (status, retryAfter) => {
        draft.status = status;
        draft.retryAfter = retryAfter === undefined ? null : secondsOf(String(retryAfter), this.now);
        timings.firstByte = since();
        this.#tell(draft);
      },
      line: (text) => {
        if (/^data: ?\[DONE\]$/.test(text)) draft.done = 'written';
        else draft.chunks += 1;
        // In a text its quotes would be escaped.
        draft.finishReason = /"finish_reason":"(\w+)"/.exec(text)?.[1] ?? draft.finishReason;
        this.#tell(draft);
      },
      taking: (takes) => {
        timings.stalled = takes ? null : (timings.stalled ?? since());
      },
      over: (hungUp) => {
        timings.end = since();
        if (hungUp === undefined && draft.done === 'written') draft.done = 'delivered';
        draft.abortedBy = hungUp === 'gateway' && draft.fault !== null ? 'fault' : (hungUp ?? null);
        this.#tell(draft);
      },
      gone: () => {
        read(false);
        draft.ended = true;
        this.#weigh(draft, JSON.stringify(draft).length - (this.#kept.get(draft) ?? 0));
        freeze(draft);
        this.#tell(draft);
      },
    };
  }

  #digest(request: IncomingMessage): Hmac {
    return createHmac('sha256', this.#fingerprintKey).update(identityOf(request));
  }

  /** Makes an entry heavier, then forgets the oldest that there is no room for. */
  #weigh(entry: Entry, more: number): void {
    const weight = this.#kept.get(entry);
    if (weight === undefined) return;
    this.#kept.set(entry, weight + more);
    this.#characters += more;
    for (const [oldest, size] of this.#kept) {
      if (this.#kept.size <= this.#limits.entries && this.#characters <= this.#limits.characters) return;
      this.#kept.delete(oldest);
      this.#characters -= size;
      this.#forgotten += 1;
    }
  }

  #tell(entry: Entry): void {
    for (const waiter of this.#waiters) if (waiter.matches(entry)) waiter.resolve(entry);
  }

  #nothing(match: Match, timeoutMs: number, after: number): Error {
    const wanted = typeof match === 'function' ? 'a request that matches' : JSON.stringify(match);
    const came = this.entries().filter((entry) => entry.number > after);
    const newest = came.slice(-5).map(summary).join('; ');
    const got = came.length > 5 ? `${came.length}, the newest of them ${newest}` : newest || 'none';
    return new Error(
      `Failed to wait for a request: expected ${wanted} within ${timeoutMs} ms, got ${got}. ` +
        'Look at what was sent instead, or wait longer.',
    );
  }
}

/** An entry in one line. */
export function summary({ number, method, path, status, agent, sessionKey, abortedBy, ended }: Entry): string {
  const who = agent === null ? '' : ` as ${agent} in ${JSON.stringify(sessionKey)}`;
  const outcome = abortedBy === null ? (ended ? '' : ', on its way') : `, aborted by the ${abortedBy}`;
  return `#${number} ${method} ${path}${status === null ? '' : ` ${status}`}${who}${outcome}`;
}

/** What makes a request another one although its body is the same. */
function identityOf({ method, url, headers }: IncomingMessage): string {
  const routing = Object.entries(headers).filter(
    ([name]) => name.startsWith('x-openclaw-') || name === 'content-length',
  );
  return JSON.stringify([method, url, headers.authorization, routing]);
}

/** What stands right before a cut may be the front of a secret: it goes. */
function cutShort(text: string, secrets: readonly string[]): string {
  const longest = Math.max(0, ...secrets.map((secret) => secret.length));
  return `${text.slice(0, text.length - longest * 12)}…`;
}

/** Retry-After is a number of seconds, or a date. */
function secondsOf(text: string, now: number): number | null {
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - now) / 1_000;
  return Number.isNaN(seconds) ? null : Math.max(0, seconds);
}

function matcher(match: Match): (entry: Entry) => boolean {
  return typeof match === 'function' ? match : (entry) => holds(match, entry);
}

/** Whether all that `wanted` names is so in `given`. */
function holds(wanted: unknown, given: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return Object.is(wanted, given);
  if (typeof given !== 'object' || given === null) return false;
  return Object.entries(wanted).every(
    ([key, value]) => Object.hasOwn(given, key) && holds(value, (given as Record<string, unknown>)[key]),
  );
}

/** Without recursion: a body may be nested as deep as it likes. */
function freeze(whole: object): void {
  const left: unknown[] = [whole];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value !== 'object' || value === null) continue;
    Object.freeze(value);
    for (const part of Object.values(value)) left.push(part);
  }
}
