/**
 * A run's events as one chat completion.
 * Source: https://platform.openai.com/docs/api-reference/chat/object
 */

import type { RunEvent } from './backends/backend.ts';

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

/**
 * Waits for a run's end.
 *
 * @param counted Whether token counts are told, or zeros.
 */
export async function completionFrom(
  head: Head,
  events: AsyncIterable<RunEvent>,
  counted: 'counted' | 'zeros',
): Promise<Completion> {
  let content = '';
  let finish: FinishReason = 'stop';
  let usage = usageFrom();
  const calls: ToolCall[] = [];
  for await (const event of events) {
    if (event.type === 'text') content += event.text;
    else if (event.type === 'finish') finish = event.reason;
    else if (event.type === 'usage' && counted === 'counted') usage = usageFrom(event);
    else if (event.type === 'call') {
      calls[event.index] = { id: event.id, type: 'function', function: { name: event.name, arguments: '' } };
    } else if (event.type === 'arguments') calls[event.index]!.function.arguments += event.text;
  }
  const said = { role: 'assistant', content } as const;
  const message = calls.length === 0 ? said : { ...said, content: content || null, tool_calls: calls };
  const { id, created, model } = head;
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: [{ index: 0, message, finish_reason: finish }],
    usage,
  };
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
