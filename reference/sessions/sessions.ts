/**
 * Sessions: the history of each conversation, and the queue of runs that use it.
 * Source: https://docs.openclaw.ai/gateway/openai-http-api#session-behavior
 */

import type { Turn } from '../backends/backend.ts';
import type { Place } from '../call/session-key.ts';
import { LinkedMap } from './linked-map.ts';
import type { Exchange, State } from './store.ts';

/** How much is remembered. The longest idle session is evicted first; a session in use never is. */
export interface Capacity {
  /** The number of sessions. Default: 5 000, as `session.maintenance.maxEntries` of 2026.9.6. */
  readonly sessions: number;
  /**
   * How long a session may be idle before it is evicted, in ms. Default: 30 days, as `session.maintenance.pruneAfter`.
   */
  readonly idleMs: number;
  /**
   * The exchanges of one session; its oldest are dropped first. Default: 500, our own: releases use their model's
   * context window.
   */
  readonly exchanges: number;
  /** The text of all sessions, in bytes of UTF-8, plus 256 per exchange. Default: 64 MiB, our own. */
  readonly bytes: number;
}

/** Source: https://docs.openclaw.ai/concepts/session#session-maintenance */
const CAPACITY: Capacity = { sessions: 5_000, idleMs: 30 * 86_400_000, exchanges: 500, bytes: 64 * 1024 * 1024 };

/** Counted for an exchange in addition to its text. */
const EXCHANGE_BYTES = 256;

/** A session as `Sessions.list` gives it. */
export interface Summary {
  readonly key: string;
  readonly agent: string;
  readonly turns: number;
  /** Counted as for `Capacity.bytes`. */
  readonly bytes: number;
  /** When a run last ended in it, as ISO 8601. */
  readonly used: string;
  /** The runs that use it or wait for it. */
  readonly visitors: number;
}

interface Session {
  readonly agent: string;
  /** A reset replaces the array, so that a run in progress does not add to the new one. */
  exchanges: Exchange[];
  bytes: number;
  used: number;
  /** Settles when the last waiting run has left. */
  tail: Promise<void>;
  visitors: number;
}

/** The exclusive use of a session by one run. */
export interface Visit {
  /** What the session remembers, oldest first. */
  readonly history: readonly Turn[];
  /**
   * Adds an exchange to the session, unless the session was reset meanwhile.
   *
   * @throws {Error} when a `State` cannot write it; it is not remembered then.
   */
  remember(exchange: Exchange): Promise<void> | void;
  /** Releases the session for the next run. Must be called exactly once. */
  leave(): void;
}

/** The visit to a session that no later call can address. */
const ALONE: Visit = { history: [], remember: () => undefined, leave: () => undefined };

/** The sessions of a gateway. */
export class Sessions {
  /** Sessions in use. */
  readonly #busy = new Map<string, Session>();
  /** Sessions with a history and not in use, the longest idle first. */
  readonly #idle = new LinkedMap<Session>();
  readonly #capacity: Capacity;
  readonly #state: State | undefined;
  #bytes = 0;

  /**
   * @param capacity Limits. Default: see `Capacity`.
   * @param state A store that is read now and written on every change. Default: sessions end with the process.
   */
  constructor({ capacity = {}, state }: { capacity?: Partial<Capacity>; state?: State } = {}) {
    this.#capacity = { ...CAPACITY, ...capacity };
    this.#state = state;
    const surplus: string[] = [];
    for (const { key, agent, at, exchange } of state?.entries() ?? []) {
      const session = this.#idle.take(key) ?? begun(agent);
      session.used = at;
      this.#idle.add(key, session);
      for (let count = this.#keep(session, exchange); count > 0; count--) surplus.push(key);
    }
    this.#shorten(surplus);
    this.#forget();
  }

  /** The number of sessions. */
  get size(): number {
    return this.#busy.size + this.#idle.size;
  }

  /** All keys: the longest idle session first, sessions in use last. */
  keys(): string[] {
    this.#forget();
    return [...this.#idle, ...this.#busy].map(([key]) => key);
  }

  /** All sessions, in the same order. */
  list(): Summary[] {
    this.#forget();
    return [...this.#idle, ...this.#busy].map(([key, { agent, exchanges, bytes, used, visitors }]) => {
      const turns = exchanges.reduce((sum, exchange) => sum + exchange.length, 0);
      return { key, agent, turns, bytes, used: new Date(used).toISOString(), visitors };
    });
  }

  /** What a session remembers, oldest first; undefined when there is no such session. */
  read(key: string): readonly Turn[] | undefined {
    this.#forget();
    return (this.#idle.get(key) ?? this.#busy.get(key))?.exchanges.flat();
  }

  /**
   * Deletes a session; without a key, all of them. A run in progress continues, and is not remembered.
   *
   * @returns How many sessions were deleted.
   * @throws {Error} when a `State` cannot write the change; nothing is deleted then.
   */
  reset(key?: string): number {
    const keys = key === undefined ? this.keys() : [key];
    this.#state?.forget(key);
    const found = keys.flatMap((one) => this.#idle.take(one) ?? this.#busy.get(one) ?? []);
    for (const session of found) {
      this.#bytes -= session.bytes;
      session.exchanges = [];
      session.bytes = 0;
    }
    return found.length;
  }

  /**
   * Waits until the session is free, in the order of calls; other sessions are independent.
   *
   * @param signal When it aborts, the wait ends at once and the promise rejects.
   * @param unseen Whether a run that has to wait for the first ones of its session sees nothing of them, and takes their
   *   place. Default: false.
   */
  async enter({ agent, key, kept }: Place, signal: AbortSignal, unseen = false): Promise<Visit> {
    if (!kept) return ALONE;
    this.#forget();
    const session = this.#busy.get(key) ?? this.#idle.take(key) ?? begun(agent);
    this.#busy.set(key, session);
    session.visitors += 1;
    const { promise: left, resolve } = Promise.withResolvers<void>();
    const alone = unseen && session.exchanges.length === 0;
    const free = session.tail;
    session.tail = free.then(() => left);
    const leave = (): void => {
      resolve();
      session.visitors -= 1;
      if (session.visitors > 0) return;
      this.#busy.delete(key);
      session.used = Date.now();
      // A session without a history is not kept.
      if (session.exchanges.length > 0) this.#idle.add(key, session);
      this.#forget();
    };
    try {
      if (session.visitors > 1) await unlessAborted(free, signal);
    } catch (cause) {
      leave();
      throw cause;
    }
    const { exchanges } = session;
    return {
      history: alone ? [] : exchanges.flat(),
      remember: (exchange) => {
        const dropped = (): boolean => session.exchanges !== exchanges;
        const keep = (): void => {
          if (!dropped()) this.#shorten(Array.from({ length: this.#keep(session, exchange) }, () => key));
        };
        if (dropped()) return;
        if (alone && exchanges.length > 0) this.#clear(key, session);
        const stored = this.#state?.add({ key, agent: session.agent, at: Date.now(), exchange }, dropped);
        return stored === undefined ? keep() : stored.then(keep);
      },
      leave,
    };
  }

  /** Closes the `State`. A later `remember` throws. */
  close(): void {
    this.#state?.close();
  }

  /** Forgets what a session remembers, for a run in it that does not see it. */
  #clear(key: string, session: Session): void {
    this.#state?.forget(key);
    this.#bytes -= session.bytes;
    session.exchanges.length = 0;
    session.bytes = 0;
  }

  /** Adds an exchange in memory; returns how many of the session's oldest were dropped for it. */
  #keep(session: Session, exchange: Exchange): number {
    const before = session.bytes;
    session.exchanges.push(exchange);
    session.bytes += bytesOf(exchange);
    let surplus = 0;
    while (session.exchanges.length > this.#capacity.exchanges || session.bytes > this.#capacity.bytes) {
      session.bytes -= bytesOf(session.exchanges.shift() ?? []);
      surplus += 1;
    }
    this.#bytes += session.bytes - before;
    return surplus;
  }

  /** Deletes the oldest exchange of each of these sessions from the `State`. */
  #shorten(keys: readonly string[]): void {
    // On a full disk they stay in the file, and are dropped when it is next opened.
    upkeep(() => keys.forEach((key) => this.#state?.shorten(key)));
  }

  /** Evicts idle sessions, the longest idle first, until age, number and bytes are within the limits. */
  #forget(): void {
    const { sessions, bytes, idleMs } = this.#capacity;
    const limit = Date.now() - idleMs;
    for (let oldest = this.#idle.first; oldest !== undefined; oldest = this.#idle.first) {
      if (this.size <= sessions && this.#bytes <= bytes && oldest.value.used >= limit) return;
      const { name, value } = oldest;
      // On a full disk it stays in both: while nothing can be written, nothing more is remembered either.
      if (!upkeep(() => this.#state?.forget(name))) return;
      this.#idle.take(name);
      this.#bytes -= value.bytes;
    }
  }
}

/** Runs maintenance that may fail without failing a call: a later one repeats it. Returns whether it succeeded. */
function upkeep(act: () => void): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}

function begun(agent: string): Session {
  return { agent, exchanges: [], bytes: 0, used: 0, tail: Promise.resolve(), visitors: 0 };
}

function bytesOf(exchange: Exchange): number {
  return exchange.reduce((sum, { text }) => sum + Buffer.byteLength(text), EXCHANGE_BYTES);
}

async function unlessAborted(free: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const leave = (): void => reject(new Error('The client left.'));
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave, { once: true });
  try {
    await Promise.race([free, aborted]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
