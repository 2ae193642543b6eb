/**
 * A run's events as chat completion chunks, in this order: the role, the text, the finish reason, the token counts.
 * Source: https://platform.openai.com/docs/api-reference/chat-streaming
 */

import type { RunEvent } from './backends/backend.ts';
import { usageFrom, type FinishReason, type Head, type Usage } from './completion.ts';

export interface Chunk extends Head {
  readonly object: 'chat.completion.chunk';
  /** Empty in the chunk of token counts alone. */
  readonly choices: readonly {
    readonly index: 0;
    readonly delta: { readonly role?: 'assistant'; readonly content?: string };
    readonly finish_reason: FinishReason | null;
  }[];
  readonly usage?: Usage;
}

/** The first chunk; it waits for nothing. */
export function roleChunk(head: Head): Chunk {
  return chunk(head, { choices: [{ index: 0, delta: { role: 'assistant' }, finish_reason: null }] });
}

/** The chunk that an event becomes. */
export function chunkFrom(head: Head, event: RunEvent): Chunk {
  switch (event.type) {
    case 'text':
      return chunk(head, { choices: [{ index: 0, delta: { content: event.text }, finish_reason: null }] });
    case 'finish':
      return chunk(head, { choices: [{ index: 0, delta: {}, finish_reason: event.reason }] });
    case 'usage':
      return chunk(head, { choices: [], usage: usageFrom(event) });
  }
}

function chunk({ id, created, model }: Head, rest: Pick<Chunk, 'choices' | 'usage'>): Chunk {
  return { id, object: 'chat.completion.chunk', created, model, ...rest };
}
