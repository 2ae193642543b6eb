/**
 * A run's events as one chat completion.
 * Source: https://platform.openai.com/docs/api-reference/chat/object
 */

import type { ServerResponse } from 'node:http';
import type { RunEvent } from '../backends/backend.ts';
import type { Behaviour } from '../editions/editions.ts';
import { STEP, Text, jsonBytes } from '../steps.ts';
import { drained } from './sse.ts';

/** The fields that a completion, or every chunk of a stream, begins with. */
export interface Head {
  /** `chatcmpl_` and a UUID. */
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  /** The `model` of the request, unchanged. */
  readonly model: string;
}

/** Why a run ended: on its own, at the token limit, with tool calls for the client, or by the provider's filter. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

/** A call of one of the client's functions; `arguments` is JSON text. */
interface ToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

/** Token counts under OpenAI's names. */
export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  /** Absent when the provider reported no cached tokens, or zero. */
  prompt_tokens_details?: { cached_tokens: number };
  /** Absent when the provider reported no reasoning tokens, or zero. */
  completion_tokens_details?: { reasoning_tokens: number };
}

/** The body of a response that is not a stream. */
export interface Completion extends Head {
  readonly object: 'chat.completion';
  readonly choices: readonly [
    {
      readonly index: 0;
      readonly message: {
        readonly role: 'assistant';
        /** '' when there are calls and no text. */
        readonly content: string;
        readonly tool_calls?: readonly ToolCall[];
      };
      readonly finish_reason: FinishReason;
    },
  ];
  readonly usage: Usage;
}

type Counts = Extract<RunEvent, { type: 'usage' }>;

/** Collects the events of a run into one completion. */
export class CompletionBuilder {
  readonly #counted: boolean;
  readonly #calls: { readonly id: string; readonly name: string; readonly text: Text }[] = [];
  readonly #content = new Text();
  #finish: FinishReason = 'stop';
  #usage = usageFrom();

  /** @param usage `zeros`: every token count is 0, as some releases report it. */
  constructor(usage: 'counted' | 'zeros') {
    this.#counted = usage === 'counted';
  }

  /** Takes the next event of the run, in order. */
  add(event: RunEvent): void {
    if (event.type === 'text') this.#content.add(event.text);
    else if (event.type === 'finish') this.#finish = event.reason;
    else if (event.type === 'usage' && this.#counted) this.#usage = usageFrom(event);
    else if (event.type === 'call') {
      this.#calls[event.index] = { id: event.id, name: event.name, text: new Text() };
    } else if (event.type === 'arguments') this.#calls[event.index]!.text.add(event.text);
  }

  /** The text and the arguments of all calls together, in UTF-16 code units. */
  get length(): number {
    return this.#calls.reduce((sum, { text }) => sum + text.length, this.#content.length);
  }

  /** The completion; called once, when the run is over. */
  completion({ id, created, model }: Head): Completion {
    const content = String(this.#content);
    const spoken = { role: 'assistant', content } as const;
    const calls = this.#calls.map(({ id: call, name, text }): ToolCall => ({
      id: call,
      type: 'function',
      function: { name, arguments: String(text) },
    }));
    const message = this.#calls.length === 0 ? spoken : { ...spoken, tool_calls: calls };
    return {
      id,
      object: 'chat.completion',
      created,
      model,
      choices: [{ index: 0, message, finish_reason: this.#finish }],
      usage: this.#usage,
    };
  }
}

/** Token counts under OpenAI's names. `input` includes the cached ones, `output` the reasoning. Default: zeros. */
export function usageFrom({ input = 0, output = 0, cached, reasoning }: Partial<Counts> = {}): Usage {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    ...(cached ? { prompt_tokens_details: { cached_tokens: cached } } : {}),
    ...(reasoning ? { completion_tokens_details: { reasoning_tokens: reasoning } } : {}),
  };
}

/**
 * Sends a completion as one JSON response. Resolves when all bytes are handed to the socket, or the client has left. A
 * body longer than `STEP` characters is serialized in steps, so that other requests are served in between.
 *
 * @param headers Sent in addition to `Content-Type` and `Content-Length`.
 */
export async function sendCompletion(
  response: ServerResponse,
  headers: Behaviour['headers'],
  builder: CompletionBuilder,
  head: Head,
): Promise<void> {
  if (builder.length <= STEP) {
    const body = JSON.stringify(builder.completion(head));
    beginWhole(response, headers, Buffer.byteLength(body));
    response.end(body);
    return;
  }
  const pieces = await jsonBytes(builder.completion(head));
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  beginWhole(response, headers, length);
  for (const piece of pieces) {
    if (response.destroyed) return;
    if (!response.write(piece)) await drained(response);
  }
  response.end();
}

/**
 * Sends status and headers of a response that is not a stream. No other place sets them, so a fault changes the body
 * only.
 *
 * @param headers Sent in addition to `Content-Type` and `Content-Length`.
 * @param length Content-Length, in bytes.
 */
export function beginWhole(response: ServerResponse, headers: Behaviour['headers'], length: number): void {
  response.writeHead(200, { ...headers, 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': length });
}
