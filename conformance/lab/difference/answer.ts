/** What is compared of an answer. */

/** The answer to a call, with ids, times and addresses masked. */
export interface Answer {
  /** Absent when the gateway sent no HTTP response. */
  readonly status?: number;
  /** By name in lower case, in alphabetical order. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The frames of a stream; any other body is one item. Absent when empty. */
  readonly body?: readonly string[];
  /** How the connection ended; absent when it stayed open after the whole response. `silent`: no response in time. */
  readonly end?: 'closed' | 'reset' | 'silent';
}
