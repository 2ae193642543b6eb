/**
 * The journal: every request that reached the gateway, refused ones included, and its outcome.
 *
 *     const journal = new Journal();
 *     const gateway = createGateway({ ...options, backend, journal });
 *     const entry = await journal.waitForRequest({ agent: 'beta' }, { timeoutMs: 2_000 });
 *
 * Entries are plain JSON. They change until the request has ended, and never afterwards. They contain no secret: the
 * gateway's is masked in every place, and so is the credential that a client sends. WebSockets are not recorded.
 */

import { randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { refusedBefore } from '../errors.ts';
import {
  matcher,
  summaries,
  wantedOf,
  type JournalEntry,
  type Known,
  type Match,
  type Note,
  type RequestHead,
} from './entry.ts';
import { Exchange, type Keeper } from './exchange.ts';
import { Queue } from './queue.ts';
import { harmless, observe } from './recorder.ts';
import { redactionFor } from './redaction.ts';

/** How long to wait, and for which entries. */
export interface Patience {
  /** In milliseconds. Default: 5 000. */
  readonly timeoutMs?: number;
  /** Entries up to this number are ignored. Default: 0. */
  readonly after?: number;
  /** Ends the wait when it aborts. */
  readonly signal?: AbortSignal;
}

/** The bounds of a journal, and what takes its entries. */
export interface JournalOptions {
  /** The number of entries that are kept, the newest. Default: 1 000. */
  readonly entries?: number;
  /** The size of all kept entries as JSON, in characters. Default: 32 Mi. */
  readonly characters?: number;
  /** Takes each entry when it has ended. Default: none. */
  readonly ended?: (entry: JournalEntry) => void;
  /**
   * Called when an entry has ended, with a function that makes its JSON; cheaper than `ended`, and cheapest for several
   * entries at once. Default: none.
   */
  readonly written?: (json: () => string) => void;
  /** How long `[DONE]` is held back, in milliseconds, so that a client that leaves without it is seen. Default: 0. */
  readonly holdDoneMs?: number;
  /** In milliseconds since 1970. Default: a monotonic clock. */
  readonly now?: () => number;
}

/**
 * Entries that have ended and were not read stay raw up to this size together: what a client sent of them, in
 * characters. It bounds how long the first reading of a full journal takes. A thousand ordinary calls stay below it.
 */
const RAW_LIMIT = 1024 * 1024;

type Observed = IncomingMessage & { [exchange: symbol]: Exchange | undefined };

interface Waiter {
  readonly after: number;
  readonly matches: (entry: JournalEntry) => boolean;
  readonly resolve: (entry: JournalEntry) => void;
}

/** Records the requests of a gateway: pass it to `createGateway`. */
export class Journal {
  /** Oldest first. */
  readonly #kept = new Queue<Exchange>();
  /** Those that have ended and are raw, in the order of their end. */
  readonly #raw = new Queue<{ readonly exchange: Exchange; readonly weight: number }>();
  /** Where a request has its exchange. A `WeakMap` of young objects costs every collection of garbage. */
  readonly #exchange = Symbol('exchange');
  readonly #connections = new WeakMap<Duplex, number>();
  readonly #waiters = new Set<Waiter>();
  readonly #options: Required<Omit<JournalOptions, 'ended' | 'written'>> & JournalOptions;
  readonly #keeper: Keeper;
  #arrived = 0;
  #connected = 0;
  #characters = 0;
  #rawCharacters = 0;
  #forgotten = 0;

  constructor(options: JournalOptions = {}) {
    this.#options = {
      entries: 1_000,
      characters: 32 * 1024 * 1024,
      holdDoneMs: 0,
      now: () => performance.timeOrigin + performance.now(),
      ...options,
    };
    this.#keeper = {
      fingerprintKey: randomBytes(32).toString('latin1'),
      now: this.#options.now,
      weigh: (exchange, more) => this.#weigh(exchange, more),
      changed: (exchange) => this.#tell(exchange),
      ended: (exchange) => this.#ended(exchange),
    };
  }

  /** The number of entries that were dropped to keep the bounds. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** The number of the newest entry; 0 before the first. */
  get last(): number {
    return this.#arrived;
  }

  /** The journal's time, in milliseconds since 1970. */
  get now(): number {
    return this.#options.now();
  }

  /** Oldest first. */
  entries(match: Match = {}): JournalEntry[] {
    const read = [...this.#kept].map((exchange) => ({ exchange, entry: exchange.entry }));
    // Reading makes the exact size known, which may drop the oldest.
    return read.flatMap(({ exchange, entry }) => (exchange.kept ? [entry] : [])).filter(matcher(match));
  }

  /** Forgets all entries; numbers go on. */
  clear(): void {
    for (const exchange of this.#kept) exchange.kept = false;
    this.#kept.clear();
    this.#raw.clear();
    this.#characters = this.#rawCharacters = this.#forgotten = 0;
  }

  /**
   * Resolves to the first entry that matches: an existing one, or the next one that matches at any point of its life. To
   * ignore those that exist, pass `after: journal.last`.
   *
   * @throws {Error} in one line that lists the entries that came instead.
   */
  async waitForRequest(
    match: Match = {},
    { timeoutMs = 5_000, after = 0, signal }: Patience = {},
  ): Promise<JournalEntry> {
    const matches = matcher(match);
    for (const exchange of this.#kept) {
      if (exchange.number > after && exchange.kept && matches(exchange.entry)) return exchange.entry;
    }
    const { promise, resolve, reject } = Promise.withResolvers<JournalEntry>();
    const waiter = { matches, after, resolve };
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
    return this.#exchangeOf(request)?.number;
  }

  /** Adds what the gateway knows of a call. Without effect for a request that is not in the journal, or has ended. */
  note(request: IncomingMessage, note: Note): void {
    const exchange = this.#exchangeOf(request);
    if (exchange !== undefined) harmless(() => exchange.note(note));
  }

  /**
   * Adds what was refused before it could be read: to the entry of its request when it had begun as one, else as an entry
   * without method and path.
   */
  unread(status: number, socket: Duplex, request?: IncomingMessage): void {
    const begun = request && this.#exchangeOf(request);
    const { message } = refusedBefore(status);
    if (begun !== undefined) return harmless(() => begun.refused(status, message));
    this.#add({ headers: {} }, socket, () => String).unreadable(status, message);
  }

  /** A listener that records each request and passes it on. The secrets are the gateway's. */
  recording(listener: RequestListener, secrets: readonly string[]): RequestListener {
    const redactFor = redactionFor(secrets);
    return (request, response) => {
      harmless(() => this.#record(request, response, redactFor));
      listener(request, response);
    };
  }

  #record(request: IncomingMessage, response: ServerResponse, redactFor: ReturnType<typeof redactionFor>): void {
    const exchange = this.#add(request, request.socket, redactFor);
    (request as Observed)[this.#exchange] = exchange;
    observe(request, response, exchange, this.#options.holdDoneMs);
    this.#tell(exchange);
  }

  #add(head: RequestHead, socket: Duplex, redactFor: ReturnType<typeof redactionFor>): Exchange {
    const exchange = new Exchange(head, this.#next(socket), this.#keeper, redactFor);
    this.#kept.push(exchange);
    this.#weigh(exchange, exchange.estimate);
    return exchange;
  }

  #exchangeOf(request: IncomingMessage): Exchange | undefined {
    return (request as Observed)[this.#exchange];
  }

  #next(socket: Duplex): Known {
    let connection = this.#connections.get(socket);
    if (connection === undefined) this.#connections.set(socket, (connection = this.#connected += 1));
    return { number: (this.#arrived += 1), connection, arrived: this.now };
  }

  #ended(exchange: Exchange): void {
    this.#options.ended?.(exchange.entry);
    this.#options.written?.(() => exchange.write());
    if (!exchange.raw || !exchange.kept) return;
    const weight = exchange.rawCharacters;
    this.#raw.push({ exchange, weight });
    this.#rawCharacters += weight;
    // What was dropped meanwhile must not stay in memory for it.
    for (let first = this.#raw.first; first && (this.#rawCharacters > RAW_LIMIT || !first.exchange.kept);) {
      this.#raw.shift();
      this.#rawCharacters -= first.weight;
      if (first.exchange.raw && first.exchange.kept) first.exchange.write();
      first = this.#raw.first;
    }
  }

  /** Makes an exchange heavier, then drops the oldest for which there is no room. */
  #weigh(exchange: Exchange, more: number): void {
    if (!exchange.kept) return;
    exchange.weight += more;
    this.#characters += more;
    while (this.#kept.size > this.#options.entries || this.#characters > this.#options.characters) {
      const oldest = this.#kept.shift()!;
      oldest.kept = false;
      this.#characters -= oldest.weight;
      this.#forgotten += 1;
    }
  }

  #tell(exchange: Exchange): void {
    for (const { matches, after, resolve } of this.#waiters) {
      if (exchange.number > after && matches(exchange.entry)) resolve(exchange.entry);
    }
  }

  #nothing(wanted: string, timeoutMs: number, after: number): Error {
    const came = this.entries().filter((entry) => entry.number > after);
    return new Error(
      `Failed to wait for a request: expected ${wanted} within ${timeoutMs} ms, got ${summaries(came)}. ` +
        'Look at what was sent instead, or wait longer.',
    );
  }
}
