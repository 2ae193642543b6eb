/** What a gateway asks its model provider, read as a run. */

import { randomUUID } from 'node:crypto';
import { RunFailure, type Turn } from '../../reference/backends/backend.ts';
import type { AskedRun } from './probe.ts';

/** One request for a chat completion. */
export interface Ask {
  readonly run: AskedRun;
  readonly stream: boolean;
  /** The request wants a usage chunk at the end of its stream. */
  readonly wantsUsage: boolean;
}

/** The lab names the model after its agent, so that the provider knows who asks. */
export function modelOf(agent: string): string {
  return `model-${agent}`;
}

/**
 * Reads the body of a request. What came after the agent last spoke is the prompt, everything else is history: newer
 * releases send a user turn of their own beside the caller's, in either order, and the caller's belongs to the prompt.
 *
 * @throws {RunFailure} 400 when there is no list of messages.
 */
export function readAsk(body: unknown): Ask {
  const { model, messages, stream, stream_options } = fields(body);
  if (!Array.isArray(messages)) throw new RunFailure(400, 'Missing required parameter: `messages`.');
  const instructions: string[] = [];
  const turns: Turn[] = [];
  for (const message of messages.map(fields)) {
    const text = textOf(message);
    if (message.role === 'system' || message.role === 'developer') instructions.push(text);
    else if (message.role === 'assistant') turns.push({ role: 'assistant', text });
    else turns.push({ role: message.role === 'user' ? 'user' : 'tool', text });
  }
  const begin = turns.findLastIndex((turn) => turn.role === 'assistant') + 1;
  const name = typeof model === 'string' ? model : undefined;
  return {
    run: {
      id: `chatcmpl_${randomUUID()}`,
      agent: name?.match(/model-([^/]+)$/)?.[1] ?? 'unknown',
      sessionKey: sessionIn(turns),
      instructions: instructions.join('\n\n'),
      history: turns.slice(0, begin),
      prompt: joined(turns.slice(begin)),
      ...(name === undefined ? {} : { model: name }),
    },
    stream: stream === true,
    wantsUsage: fields(stream_options).include_usage === true,
  };
}

function joined(turns: readonly Turn[]): string {
  return turns.map((turn) => turn.text).join('\n\n');
}

/** Only the newest releases tell their provider, in a line that they append to the first turn of a session. */
function sessionIn(turns: readonly Turn[]): string {
  const line = /^Runtime: agent=[^|]* \| session=([^]*?) \| sessionId=/m;
  return turns.map((turn) => line.exec(turn.text)?.[1]).findLast((key) => key !== undefined) ?? '';
}

/** The words of a message. What is not words (images, calls of tools) is kept as its JSON: a mark may stand in it. */
function textOf({ content, tool_calls }: Record<string, unknown>): string {
  const parts: unknown[] = Array.isArray(content) ? content : [content ?? ''];
  const calls: unknown[] = Array.isArray(tool_calls) ? tool_calls : [];
  return [...parts, ...calls].map(partText).join('\n');
}

function partText(part: unknown): string {
  if (typeof part === 'string') return part;
  const { text } = fields(part);
  return typeof text === 'string' ? text : JSON.stringify(part);
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
