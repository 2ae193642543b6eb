/**
 * The port behind which the reference's runs happen. A backend turns one run into events; it knows nothing of HTTP,
 * and the gateway knows nothing of where the words come from.
 */

/** One thing said in a conversation. `tool` is a tool's result. */
export interface Turn {
  readonly role: 'user' | 'assistant' | 'tool';
  readonly text: string;
}

/** One agent execution behind one request. */
export interface Run {
  /** The run's own id, the same as the answer's `id`. */
  readonly id: string;
  readonly agent: string;
  readonly sessionKey: string;
  /** System and developer messages of this call, joined by a blank line; '' when there are none. Never remembered. */
  readonly instructions: string;
  /** What the session remembers, oldest first; empty for a new session. */
  readonly history: readonly Turn[];
  /** What this call says to the agent. */
  readonly prompt: string;
}

/**
 * What a run emits, in order: any number of `text`, at most one `usage`, at most one `finish`.
 * `text` is the next piece, never the whole so far. Without `finish` the run ended with `stop`.
 */
export type RunEvent =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'usage'; readonly input: number; readonly output: number; readonly cached?: number }
  | { readonly type: 'finish'; readonly reason: 'stop' | 'length' };

/** A run that failed, with the HTTP status that the model provider gave (504: it did not answer in time). */
export class RunFailure extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'RunFailure';
    this.status = status;
  }
}

export interface Backend {
  /** Ends by returning, or by throwing a `RunFailure`. Stops as soon as `signal` aborts. */
  run(run: Run, signal: AbortSignal): AsyncIterable<RunEvent>;
}
