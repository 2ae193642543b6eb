/**
 * A run's events as one chat completion.
 * Source: https://platform.openai.com/docs/api-reference/chat/object
 */

import type { ServerResponse } from 'node:http';
import type { RunEvent } from '../backends/backend.ts';
import type { Behaviour } from '../editions/editions.ts';
import { STEP, Text, jsonBytes } from '../steps.ts';
import { drained } from './sse.ts';

/** What every part of one answer has in common. */
export interface Head {
  /** `chatcmpl_` and a UUID. */
  readonly id: string;
  /** In seconds since 1970. */
  readonly created: number;
  /** The call's own, to the byte. */
  readonly model: string;
}

export type FinishReason = 'stop' | 'length' | 'tool_calls';

/** A function of the caller's to be called, its arguments as JSON text. */
interface ToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  /** Left out when the provider did not say, or counted none. */
  prompt_tokens_details?: { cached_tokens: number };
}

export interface Completion extends Head {
  readonly object: 'chat.completion';
  readonly choices: readonly [
    {
      readonly index: 0;
      readonly message: {
        readonly role: 'assistant';
        /** Null when there are calls and no words. */
        readonly content: string | null;
        readonly tool_calls?: readonly ToolCall[];
      };
      readonly finish_reason: FinishReason;
    },
  ];
  readonly usage: Usage;
}

/** A run's events while they come. */
export class Draft {
  readonly #counted: boolean;
  readonly #calls: { readonly id: string; readonly name: string; readonly text: Text }[] = [];
  readonly #content = new Text();
  #finish: FinishReason = 'stop';
  #usage = usageFrom();

  /** @param usage Whether token counts are told, or zeros. */
  constructor(usage: 'counted' | 'zeros') {
    this.#counted = usage === 'counted';
  }

  add(event: RunEvent): void {
    if (event.type === 'text') this.#content.add(event.text);
    else if (event.type === 'finish') this.#finish = event.reason;
    else if (event.type === 'usage' && this.#counted) this.#usage = usageFrom(event);
    else if (event.type === 'call') {
      this.#calls[event.index] = { id: event.id, name: event.name, text: new Text() };
    } else if (event.type === 'arguments') this.#calls[event.index]!.text.add(event.text);
  }

  /** Of what was said and called, in characters. */
  get length(): number {
    return this.#calls.reduce((sum, { text }) => sum + text.length, this.#content.length);
  }

  /** When the run is over. */
  completion({ id, created, model }: Head): Completion {
    const content = String(this.#content);
    const said = { role: 'assistant', content } as const;
    const calls = this.#calls.map(({ id: call, name, text }): ToolCall => ({
      id: call,
      type: 'function',
      function: { name, arguments: String(text) },
    }));
    const called = { ...said, content: content || null, tool_calls: calls };
    const message = this.#calls.length === 0 ? said : called;
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

/** Counts as OpenAI names them; `input` holds the cached ones. */
export function usageFrom({ input = 0, output = 0, cached }: Partial<RunEvent & { type: 'usage' }> = {}): Usage {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    ...(cached ? { prompt_tokens_details: { cached_tokens: cached } } : {}),
  };
}

/**
 * Sends an answer that is no stream. Resolves when all of it is handed over, or nobody reads.
 *
 * @param headers Sent beside its own.
 */
export async function sendCompletion(
  response: ServerResponse,
  headers: Behaviour['headers'],
  draft: Draft,
  head: Head,
): Promise<void> {
  if (draft.length <= STEP) {
    const body = JSON.stringify(draft.completion(head));
    beginWhole(response, headers, Buffer.byteLength(body));
    response.end(body);
    return;
  }
  const pieces = await jsonBytes(draft.completion(head));
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  beginWhole(response, headers, length);
  for (const piece of pieces) {
    if (response.destroyed) return;
    if (!response.write(piece)) await drained(response);
  }
  response.end();
}

/**
 * Begins an answer that is no stream: the only place that says how.
 *
 * @param headers Sent beside its own.
 * @param length In bytes.
 */
export function beginWhole(response: ServerResponse, headers: Behaviour['headers'], length: number): void {
  response.writeHead(200, { ...headers, 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': length });
}
