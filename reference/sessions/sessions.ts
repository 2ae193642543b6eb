/**
 * Sessions: what each conversation remembers, and who is in it.
 * Source: https://docs.openclaw.ai/gateway/openai-http-api#session-behavior
 */

import type { Turn } from '../backends/backend.ts';
import type { Place } from '../call/session-key.ts';
import { LinkedMap } from './linked-map.ts';
import type { Exchange, State } from './store.ts';

/** How much is remembered. What has been idle longest is forgotten first, and nothing in which somebody is. */
export interface Capacity {
  /** How many sessions. Default: 5 000, as `session.maintenance.maxEntries` of 2026.9.6. */
  readonly sessions: number;
  /** How long a session is idle before it is forgotten. Default: 30 days, as `session.maintenance.pruneAfter`. */
  readonly idleMs: number;
  /** How many exchanges of one session; its oldest go first. Default: 500. Of our own: releases go by their model's window. */
  readonly exchanges: number;
  /** How much text over all sessions, in bytes of UTF-8; each exchange counts 256 more. Default: 64 MiB, of our own. */
  readonly bytes: number;
}

/** Source: https://docs.openclaw.ai/concepts/session#session-maintenance */
const CAPACITY: Capacity = { sessions: 5_000, idleMs: 30 * 86_400_000, exchanges: 500, bytes: 64 * 1024 * 1024 };

/** What an exchange costs beyond its text. */
const EXCHANGE_BYTES = 256;

/** A session as its operator sees it. */
export interface Summary {
  readonly key: string;
  readonly agent: string;
  readonly turns: number;
  /** As `Capacity.bytes` counts. */
  readonly bytes: number;
  /** When somebody was last there, as ISO 8601. */
  readonly used: string;
  /** Who is inside or in line. */
  readonly visitors: number;
}

interface Session {
  readonly agent: string;
  /** Another array after a reset. */
  exchanges: Exchange[];
  bytes: number;
  used: number;
  /** Settles when the last visitor in line has left. */
  tail: Promise<void>;
  visitors: number;
}

/** One run's time alone with a session. */
export interface Visit {
  readonly history: readonly Turn[];
  /** Adds an exchange to what the session remembers, unless the session was reset meanwhile. */
  remember(exchange: Exchange): void;
  /** Lets the next one in. Must be called, once. */
  leave(): void;
}

/** In a session that nobody comes back to. */
const ALONE: Visit = { history: [], remember: () => undefined, leave: () => undefined };

/** What the conversations remember. */
export class Sessions {
  /** With somebody inside. */
  readonly #busy = new Map<string, Session>();
  /** With something to remember and nobody inside, idle for longest first. */
  readonly #idle = new LinkedMap<Session>();
  readonly #capacity: Capacity;
  readonly #state: State | undefined;
  #bytes = 0;

  /**
   * @param capacity Default: see there.
   * @param state Where sessions are kept too, and found again. Default: they end with the process.
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

  /** How many sessions there are. */
  get size(): number {
    return this.#busy.size + this.#idle.size;
  }

  /** Keys, the session idle for longest first, those in use last. */
  keys(): string[] {
    this.#forget();
    return [...this.#idle, ...this.#busy].map(([key]) => key);
  }

  /** Every session, in the same order. */
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
   * Forgets a session; without a key, all of them. Whoever is inside stays there, and is not remembered.
   *
   * @returns How many sessions were forgotten.
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
   * Waits for a session to be free: first come, first served, and other sessions are not held up.
   *
   * @param signal Whoever gives up leaves the line at once; the promise then rejects.
   */
  async enter({ agent, key, kept }: Place, signal: AbortSignal): Promise<Visit> {
    if (!kept) return ALONE;
    this.#forget();
    const session = this.#busy.get(key) ?? this.#idle.take(key) ?? begun(agent);
    this.#busy.set(key, session);
    session.visitors += 1;
    const { promise: left, resolve } = Promise.withResolvers<void>();
    const free = session.tail;
    session.tail = free.then(() => left);
    const leave = (): void => {
      resolve();
      session.visitors -= 1;
      if (session.visitors > 0) return;
      this.#busy.delete(key);
      session.used = Date.now();
      // Where nothing was said there is nothing to come back to.
      if (session.exchanges.length > 0) this.#idle.add(key, session);
      this.#forget();
    };
    try {
      if (session.visitors > 1) await unlessAborted(free, signal);
    } catch (aborted) {
      leave();
      throw aborted;
    }
    const { exchanges } = session;
    return {
      history: exchanges.flat(),
      remember: (exchange) => {
        if (session.exchanges !== exchanges) return;
        this.#state?.add({ key, agent: session.agent, at: Date.now(), exchange });
        this.#shorten(Array.from({ length: this.#keep(session, exchange) }, () => key));
      },
      leave,
    };
  }

  /** Lets go of what holds its file. Nothing is remembered any more. */
  close(): void {
    this.#state?.close();
  }

  /** Adds an exchange; returns how many old ones had to go for it. */
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

  /** Forgets the oldest exchange of each of these sessions where they are kept. */
  #shorten(keys: readonly string[]): void {
    // On a full disk they stay there, and are a surplus again when it is next opened.
    upkeep(() => keys.forEach((key) => this.#state?.shorten(key)));
  }

  /** From the front of those that are idle: what is too old, or too much. */
  #forget(): void {
    const { sessions, bytes, idleMs } = this.#capacity;
    const limit = Date.now() - idleMs;
    for (let front = this.#idle.first; front !== undefined; front = this.#idle.first) {
      if (this.size <= sessions && this.#bytes <= bytes && front.value.used >= limit) return;
      const { name, value } = front;
      // On a full disk it stays in both; as long as nothing can be written nothing more is remembered either.
      if (!upkeep(() => this.#state?.forget(name))) return;
      this.#idle.take(name);
      this.#bytes -= value.bytes;
    }
  }
}

/** Does what can be done later as well, and no call is to fail for. Returns whether it was done. */
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
  const give = (): void => reject(new Error('The caller left.'));
  if (signal.aborted) give();
  signal.addEventListener('abort', give, { once: true });
  try {
    await Promise.race([free, aborted]);
  } finally {
    signal.removeEventListener('abort', give);
  }
}
