/** The interface of a store of sessions. */

import type { Turn } from '../backends/backend.ts';

/** The turns that one run adds to a session: the prompt and the agent's reply. */
export type Exchange = readonly Turn[];

/** An exchange with its session, as a `State` stores it. */
export interface StoredExchange {
  readonly key: string;
  readonly agent: string;
  /** When it was remembered, in milliseconds since 1970. */
  readonly at: number;
  readonly exchange: Exchange;
}

/**
 * A store in which exchanges outlive the process. A change is durable when its method returns, or its promise resolves.
 * Every method may throw.
 */
export interface State {
  /** All stored exchanges, oldest first. */
  entries(): Iterable<StoredExchange>;
  /**
   * Adds an exchange; a long one in several steps, between which other calls are served.
   *
   * @param dropped Asked between steps. Once it is true, nothing of the exchange is stored.
   */
  add(entry: StoredExchange, dropped: () => boolean): Promise<void> | void;
  /** Deletes the oldest exchange of a session. */
  shorten(key: string): void;
  /** Deletes a session; without a key, all of them. */
  forget(key?: string): void;
  close(): void;
}
