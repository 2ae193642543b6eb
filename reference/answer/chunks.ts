/**
 * A run's events as chat completion chunks, in this order: the role, the text, the tool calls, the finish reason, the
 * token counts.
 * Source: https://platform.openai.com/docs/api-reference/chat-streaming
 */

import type { RunEvent } from '../backends/backend.ts';
import { usageFrom, type FinishReason, type Head, type Usage } from './completion.ts';

/** One chunk of a stream. */
export interface Chunk extends Head {
  readonly object: 'chat.completion.chunk';
  /** Empty in the chunk that holds the token counts. */
  readonly choices: readonly {
    readonly index: 0;
    readonly delta: { readonly role?: 'assistant'; readonly content?: string; readonly tool_calls?: [ToolCallDelta] };
    readonly finish_reason: FinishReason | null;
  }[];
  readonly usage?: Usage;
}

/** The first delta of a call has its id, type and name, and empty arguments; the pieces of the arguments follow. */
interface ToolCallDelta {
  readonly index: number;
  readonly id?: string;
  readonly type?: 'function';
  readonly function: { readonly name?: string; readonly arguments: string };
}

/**
 * A serializer for the chunks of one stream. Text chunks are many and differ only in their text, so the JSON around the
 * text is made once. The result equals `JSON.stringify`, byte for byte.
 */
export function jsonOf(head: Head): (value: object) => string {
  const whole = JSON.stringify(chunkFrom(head, { type: 'text', text: '' }));
  const text = whole.lastIndexOf('""');
  const before = whole.slice(0, text);
  const behind = whole.slice(text + '""'.length);
  return (value) => {
    const content = (value as Partial<Chunk>).choices?.[0]?.delta.content;
    return content === undefined ? JSON.stringify(value) : before + JSON.stringify(content) + behind;
  };
}

/** The first chunk of a stream. It holds only the role, so it can be sent before the run emits anything. */
export function roleChunk(head: Head): Chunk {
  return chunk(head, [{ index: 0, delta: { role: 'assistant' }, finish_reason: null }]);
}

/** The chunk for one event of a run. */
export function chunkFrom(head: Head, event: Exclude<RunEvent, { type: 'step' }>): Chunk {
  switch (event.type) {
    case 'text':
      return chunk(head, [{ index: 0, delta: { content: event.text }, finish_reason: null }]);
    case 'call': {
      const { index, id, name } = event;
      return called(head, { index, id, type: 'function', function: { name, arguments: '' } });
    }
    case 'arguments':
      return called(head, { index: event.index, function: { arguments: event.text } });
    case 'finish':
      return chunk(head, [{ index: 0, delta: {}, finish_reason: event.reason }]);
    case 'usage':
      return { ...chunk(head, []), usage: usageFrom(event) };
  }
}

function called(head: Head, call: ToolCallDelta): Chunk {
  return chunk(head, [{ index: 0, delta: { tool_calls: [call] }, finish_reason: null }]);
}

function chunk({ id, created, model }: Head, choices: Chunk['choices']): Chunk {
  return { id, object: 'chat.completion.chunk', created, model, choices };
}
