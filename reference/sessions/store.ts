/** The port behind which exchanges outlive the process. */

import type { Turn } from '../backends/backend.ts';

/** What one run adds to a session: what was said to the agent, and its answer. */
export type Exchange = readonly Turn[];

/** An exchange and where it belongs. */
export interface Entry {
  readonly key: string;
  readonly agent: string;
  /** When it was remembered, in milliseconds since 1970. */
  readonly at: number;
  readonly exchange: Exchange;
}

/** Where exchanges outlive the process. What a method does is done for good when it returns; it may throw. */
export interface State {
  /** All that is kept, oldest first. */
  entries(): Iterable<Entry>;
  add(entry: Entry): void;
  /** Forgets the oldest exchange of a session. */
  shorten(key: string): void;
  /** Forgets a session; without a key, all of them. */
  forget(key?: string): void;
  close(): void;
}
