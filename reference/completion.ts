/**
 * A run's events as one chat completion.
 * Source: https://platform.openai.com/docs/api-reference/chat/object
 */

import type { ServerResponse } from 'node:http';
import type { RunEvent } from './backends/backend.ts';
import type { Behaviour } from './editions.ts';

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
  readonly function: { readonly name: string; arguments: string };
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
  readonly #calls: ToolCall[] = [];
  #content = '';
  #finish: FinishReason = 'stop';
  #usage = usageFrom();

  /** @param usage Whether token counts are told, or zeros. */
  constructor(usage: 'counted' | 'zeros') {
    this.#counted = usage === 'counted';
  }

  add(event: RunEvent): void {
    if (event.type === 'text') this.#content += event.text;
    else if (event.type === 'finish') this.#finish = event.reason;
    else if (event.type === 'usage' && this.#counted) this.#usage = usageFrom(event);
    else if (event.type === 'call') {
      this.#calls[event.index] = { id: event.id, type: 'function', function: { name: event.name, arguments: '' } };
    } else if (event.type === 'arguments') this.#calls[event.index]!.function.arguments += event.text;
  }

  /** When the run is over. */
  completion({ id, created, model }: Head): Completion {
    const said = { role: 'assistant', content: this.#content } as const;
    const called = { ...said, content: this.#content || null, tool_calls: this.#calls };
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
 * Begins an answer that is no stream: the only place that says how.
 *
 * @param headers Sent beside its own.
 * @param length In bytes.
 */
export function beginWhole(response: ServerResponse, headers: Behaviour['headers'], length: number): void {
  response.writeHead(200, { ...headers, 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': length });
}
