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

import { createHash, randomBytes, type Hash } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { refusedBefore } from '../errors.ts';
import {
  drafted,
  freeze,
  identityOf,
  matcher,
  secondsOf,
  summaries,
  wantedOf,
  type Draft,
  type Entry,
  type Match,
  type Note,
} from './entry.ts';
import { harmless, observe, type Observer } from './recorder.ts';
import { redactedBody, redactedValue, redactionFor, type Redact } from './redaction.ts';

/** How long to wait, and what for. */
export interface Patience {
  /** Default: 5 000. */
  readonly timeoutMs?: number;
  /** Entries up to this number do not count. Default: 0. */
  readonly after?: number;
  /** Waits no longer. */
  readonly signal?: AbortSignal;
}

export interface JournalOptions {
  /** How many entries are kept, the newest. Default: 1 000. */
  readonly entries?: number;
  /** How many characters of JSON they have together. Default: 32 Mi. */
  readonly characters?: number;
  /** Is given each entry when it has ended. Default: nobody is. */
  readonly ended?: (entry: Entry) => void;
  /** How long `[DONE]` is held back, in milliseconds, so that a client who leaves without it is told. Default: 0. */
  readonly holdDoneMs?: number;
  /** In milliseconds since 1970. Default: a clock that never goes back. */
  readonly now?: () => number;
}

/** How much of one body is kept, in bytes. */
export const BODY_LIMIT = 256 * 1024;

/** How much of a body that did not come whole tells it from another, in bytes. */
const FRONT = 16 * 1024;

interface Waiter {
  readonly matches: (entry: Entry) => boolean;
  readonly resolve: (entry: Entry) => void;
}

export class Journal {
  /** Entries in the order of arrival, each with its size. */
  readonly #kept = new Map<Entry, number>();
  readonly #drafts = new WeakMap<IncomingMessage, { draft: Draft; redact: Redact }>();
  readonly #connections = new WeakMap<Duplex, number>();
  readonly #waiters = new Set<Waiter>();
  readonly #limits: Required<JournalOptions>;
  /** Nobody else has it: a fingerprint tells nothing of what it was taken of. */
  readonly #fingerprintKey = randomBytes(32);
  #arrived = 0;
  #connected = 0;
  #characters = 0;
  #forgotten = 0;

  constructor(options: JournalOptions = {}) {
    this.#limits = {
      entries: 1_000,
      characters: 32 * 1024 * 1024,
      holdDoneMs: 0,
      ended: () => undefined,
      now: () => performance.timeOrigin + performance.now(),
      ...options,
    };
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
   * @throws {Error} in one line that says what came instead.
   */
  async waitForRequest(match: Match = {}, { timeoutMs = 5_000, after = 0, signal }: Patience = {}): Promise<Entry> {
    const wanted = matcher(match);
    const matches = (entry: Entry): boolean => entry.number > after && wanted(entry);
    const there = [...this.#kept.keys()].find(matches);
    if (there !== undefined) return there;
    const { promise, resolve, reject } = Promise.withResolvers<Entry>();
    const waiter = { matches, resolve };
    this.#waiters.add(waiter);
    const give = (): void => reject(this.#nothing(wantedOf(match), timeoutMs, after));
    const late = setTimeout(give, timeoutMs);
    signal?.addEventListener('abort', give, { once: true });
    if (signal?.aborted === true) give();
    try {
      return await promise;
    } finally {
      clearTimeout(late);
      signal?.removeEventListener('abort', give);
      this.#waiters.delete(waiter);
    }
  }

  /** The number of a request's entry; undefined when it is not in the journal. */
  numberOf(request: IncomingMessage): number | undefined {
    return this.#drafts.get(request)?.draft.number;
  }

  /** What a call tells of itself; nothing for a request that is not in the journal. */
  note(request: IncomingMessage, note: Note): void {
    const found = this.#drafts.get(request);
    if (found === undefined || found.draft.ended) return;
    harmless(() => {
      for (const [name, value] of Object.entries(note)) {
        Object.assign(found.draft, { [name]: redactedValue(value, found.redact) });
      }
      this.#tell(found.draft);
    });
  }

  /**
   * What was refused before it could be read: an entry of its own, without method and path, unless it had begun as a
   * request.
   */
  unread(status: number, socket: Duplex, request?: IncomingMessage): void {
    const begun = request && this.#drafts.get(request)?.draft;
    const { message } = refusedBefore(status);
    if (begun !== undefined) {
      begun.status ??= status;
      begun.message ??= message;
      return;
    }
    const draft = drafted({ method: '', url: '', headers: {} }, this.#next(socket), String);
    Object.assign(draft, { status, message, abortedBy: 'gateway', ended: true });
    Object.assign(draft.timings, { firstByte: 0, end: 0 });
    this.#add(draft);
    freeze(draft);
    this.#tell(draft);
    this.#limits.ended(draft);
  }

  /** A listener that keeps what passes through it. The secrets are the gateway's own. */
  recording(listener: RequestListener, secrets: readonly string[]): RequestListener {
    const redactFor = redactionFor(secrets);
    return (request, response) => {
      harmless(() => this.#keep(request, response, redactFor(request)));
      listener(request, response);
    };
  }

  #keep(request: IncomingMessage, response: ServerResponse, redact: Redact): void {
    const draft = drafted(request, this.#next(request.socket), redact);
    this.#drafts.set(request, { draft, redact });
    this.#add(draft);
    observe(request, response, this.#observer(request, draft, redact), this.#limits.holdDoneMs);
    this.#tell(draft);
  }

  #next(socket: Duplex): { number: number; connection: number; arrived: number } {
    const connection = this.#connections.get(socket) ?? (this.#connected += 1);
    this.#connections.set(socket, connection);
    return { number: (this.#arrived += 1), connection, arrived: this.now };
  }

  #add(entry: Entry): void {
    this.#kept.set(entry, 0);
    this.#weigh(entry, JSON.stringify(entry).length);
  }

  #observer(request: IncomingMessage, draft: Draft, redact: Redact): Observer {
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
      const cut = !whole || bytes.length < draft.bodyBytes;
      draft.body = redactedBody(text, redact, cut);
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
        // What is forgotten takes no room either while it is still on its way.
        if (!this.#kept.has(draft)) pieces.length = room = 0;
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
      over: (cutter) => {
        timings.end = since();
        if (cutter === undefined && draft.done === 'written') draft.done = 'delivered';
        draft.abortedBy = cutter === 'gateway' && draft.fault !== null ? 'fault' : (cutter ?? null);
        this.#tell(draft);
      },
      gone: () => {
        read(false);
        draft.ended = true;
        this.#weigh(draft, JSON.stringify(draft).length - (this.#kept.get(draft) ?? 0));
        freeze(draft);
        this.#tell(draft);
        this.#limits.ended(draft);
      },
    };
  }

  #digest(request: IncomingMessage): Hash {
    return createHash('sha256').update(this.#fingerprintKey).update(identityOf(request));
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

  #nothing(wanted: string, timeoutMs: number, after: number): Error {
    const came = this.entries().filter((entry) => entry.number > after);
    return new Error(
      `Failed to wait for a request: expected ${wanted} within ${timeoutMs} ms, got ${summaries(came)}. ` +
        'Look at what was sent instead, or wait longer.',
    );
  }
}
