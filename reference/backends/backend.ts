/**
 * The port behind which the reference's runs happen. A backend turns one run into events; it knows nothing of HTTP,
 * and the gateway knows nothing of where the words come from.
 */

import type { IncomingHttpHeaders } from 'node:http';
import type { Fault } from './fault.ts';

/** One thing said in a conversation. `tool` is a tool's result. */
export interface Turn {
  readonly role: 'user' | 'assistant' | 'tool';
  readonly text: string;
}

/**
 * The fields of a call that tune the model, under OpenAI's names and as valid as the edition checks them; each absent
 * when the call has none. An edition that does not forward a field leaves it out.
 * Source: https://docs.openclaw.ai/gateway/openai-http-api#request-fields
 */
export interface Parameters {
  readonly temperature?: number;
  readonly top_p?: number;
  readonly frequency_penalty?: number;
  readonly presence_penalty?: number;
  readonly seed?: number;
  /** `max_completion_tokens`, else `max_tokens`; a positive integer. */
  readonly max_completion_tokens?: number;
  /** At least one; a single text is a list of one. */
  readonly stop?: readonly string[];
  /** As given. */
  readonly response_format?: object;
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
  /** The call's last message alone; in `prompt` the earlier ones stand before it. Default: the prompt, by the user. */
  readonly message?: Turn;
  /** The call's `model`, as given. */
  readonly model?: string;
  /** What the agent is to think with instead of its own, `x-openclaw-model`. */
  readonly override?: string | undefined;
  readonly stream?: boolean;
  /** The client's headers, its credential included: never log them. */
  readonly headers?: IncomingHttpHeaders;
  /** Absent when the call has none. */
  readonly parameters?: Parameters | undefined;
  /** The images of the last message, as data URLs; absent or empty when it has none. */
  readonly images?: readonly string[];
  /** The tools that the client offers; absent or empty when it offers none, or with the `tool_choice` `none`. */
  readonly tools?: readonly Tool[];
  /** `auto`, `none`, `required`, or the name of the one to call; then `tools` has that one alone. Default: `auto`. */
  readonly toolChoice?: string;
  /** Is told the name of the reply that answers, where there is one. */
  readonly played?: ((name: string) => void) | undefined;
}

/** The text of the last message. */
export function messageOf({ message, prompt }: Pick<Run, 'message' | 'prompt'>): string {
  return message?.text ?? prompt;
}

/** A header by its name; '' when the call has none. */
export function headerOf({ headers = {} }: Pick<Run, 'headers'>, name: string): string {
  const key = name.toLowerCase();
  return Object.hasOwn(headers, key) ? String(headers[key]) : '';
}

/** Which turn of its session a run is, from 1 on. */
export function turnOf({ history = [] }: Partial<Pick<Run, 'history'>>): number {
  return history.filter((turn) => turn.role === 'user').length + 1;
}

/** A function of the client that the agent may ask it to call. */
export interface Tool {
  readonly name: string;
  /** '' when there is none. */
  readonly description: string;
  /** A JSON Schema, as given. */
  readonly parameters: unknown;
}

/**
 * What a run emits, in order: any number of `text`, then of `call`, each with its `arguments`, at most one `usage`, at
 * most one `finish`. `text` is the next piece, never the whole so far, and so is that of `arguments`. Without `finish`
 * the run ended with `stop`, or with `tool_calls` when there was one. A `step` says nothing: a piece of long work is
 * done, and others may be served before the next one.
 */
export type RunEvent =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'usage';
      readonly input: number;
      readonly output: number;
      readonly cached?: number;
      readonly reasoning?: number;
    }
  | { readonly type: 'call'; readonly index: number; readonly id: string; readonly name: string }
  | { readonly type: 'arguments'; readonly index: number; readonly text: string }
  | { readonly type: 'finish'; readonly reason: 'stop' | 'length' | 'tool_calls' | 'content_filter' }
  | { readonly type: 'step' };

/** Takes what a run says. A promise when there is no room for more: it resolves when there is. */
export type Hear = (event: RunEvent) => Promise<void> | void;

/** A run that begins when it is called, and resolves when it is over. */
export type Running = (hear: Hear) => Promise<void>;

/** A run that failed, with the HTTP status that the model provider gave (504: it did not answer in time). */
export class RunFailure extends Error {
  readonly status: number;
  /**
   * `refused`: the provider said so by its status; `streamed`: in its stream, where there is no status; `filtered`: by the
   * finish reason. `unreachable`: no connection to it; `torn`: one that broke. `no json`: it said what is none.
   * `whole`: its answer is no stream. `unfinished`: it stopped without saying that it had finished. `unreadable`: anything
   * else that it may not say.
   */
  readonly how:
    'refused' | 'streamed' | 'filtered' | 'unreachable' | 'torn' | 'no json' | 'whole' | 'unfinished' | 'unreadable';

  /** @param how Default: `refused`. */
  constructor(status: number, message: string, how: RunFailure['how'] = 'refused') {
    super(message);
    this.name = 'RunFailure';
    this.status = status;
    this.how = how;
  }
}

/** A run that has begun. Its events may be left unread: an error may answer in their place. */
export interface Begun {
  /** What goes wrong with the answer; undefined when nothing does. */
  readonly fault: Fault | undefined;
  readonly events: Iterable<RunEvent> | AsyncIterable<RunEvent>;
}

/** Texts whose vectors are asked for. */
export interface Embedding {
  readonly agent: string;
  /** The embedding model, without its provider. */
  readonly model: string;
  readonly texts: readonly string[];
  /** How long the vectors are to be. Default: the model's own length. */
  readonly dimensions?: number | undefined;
}

/** Where runs come from. */
export interface Backend {
  /**
   * Ends by returning, or by throwing a `RunFailure`. Stops as soon as `signal` aborts.
   *
   * @returns An `Iterable` where nothing is waited for: a promise for each event costs more than the event.
   */
  run(run: Run, signal: AbortSignal): Iterable<RunEvent> | AsyncIterable<RunEvent>;
  /**
   * Begins a run, in place of `run`. Present where a run may bring a fault of its answer: then the answer waits for it
   * before its headers. Default: no run does.
   */
  readonly begin?: ((run: Run, signal: AbortSignal) => Begun | Promise<Begun>) | undefined;
  /** The vectors of texts, in their order; rejects when there are none. Absent where there is no embedding model. */
  readonly embed?: ((asked: Embedding, signal: AbortSignal) => Promise<readonly (readonly number[])[]>) | undefined;
}
