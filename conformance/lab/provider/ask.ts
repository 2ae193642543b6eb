/** Parses the gateway's request to its model provider into a run. */

import { randomUUID } from 'node:crypto';
import { RunFailure, type Turn } from '../../../reference/backends/backend.ts';
import type { ProviderRun } from './observed-backend.ts';

/** One parsed chat completion request. */
export interface Ask {
  readonly run: ProviderRun;
  readonly stream: boolean;
  /** `stream_options.include_usage`: a usage chunk comes before `[DONE]`. */
  readonly wantsUsage: boolean;
}

/** The model name of an agent: the provider tells agents apart by it. */
export function modelOf(agent: string): string {
  return `model-${agent}`;
}

/**
 * Parses a request body. Every turn after the last assistant turn is the prompt, every earlier turn is history. Newer
 * releases add a user turn of their own before or after the client's, so the prompt may have several turns.
 *
 * @param body the parsed JSON of the request.
 * @throws {RunFailure} 400 when `messages` is not an array.
 */
export function readAsk(body: unknown): Ask {
  const { model, messages, stream, stream_options, tools, tool_choice } = fields(body);
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
      ...offeredIn(tools),
      parameters: parametersIn(fields(body)),
      images: messages.map(fields).flatMap(imagesIn),
      toolChoice: typeof tool_choice === 'string' ? tool_choice : namedBy(tool_choice),
    },
    stream: stream === true,
    wantsUsage: fields(stream_options).include_usage === true,
  };
}

const TUNING = ['temperature', 'top_p', 'frequency_penalty', 'presence_penalty', 'seed', 'response_format'] as const;

/** What tunes the model; providers know the limit by two names, and one stop or several. */
function parametersIn(asked: Record<string, unknown>): Record<string, unknown> {
  const limit = asked.max_completion_tokens ?? asked.max_tokens;
  const stops = asked.stop ?? [];
  const given = TUNING.flatMap((name) => (asked[name] === undefined ? [] : [[name, asked[name]] as const]));
  return {
    ...Object.fromEntries(given),
    ...(limit !== undefined && { max_completion_tokens: limit }),
    ...([stops].flat().length > 0 && { stop: [stops].flat() }),
  };
}

/** The URLs of a message's images. */
function imagesIn({ content }: Record<string, unknown>): string[] {
  const parts = (Array.isArray(content) ? content : []).map(fields);
  return parts.flatMap(({ image_url: image }) => {
    const { url } = fields(image);
    return typeof url === 'string' ? [url] : [];
  });
}

/** How functions of the suite are called; a release offers tools of its own beside them, which no reply calls. */
const OF_SUITE = /^kit_/;

/** The tools that the suite may have called, and the names of all. */
function offeredIn(tools: unknown): Pick<ProviderRun, 'tools' | 'offered'> {
  const functions = (Array.isArray(tools) ? tools : []).map((tool) => fields(fields(tool).function));
  const offered = functions.map(({ name }) => String(name));
  const own = functions.filter((_, at) => OF_SUITE.test(offered[at]!));
  return {
    offered,
    tools: own.map(({ name, description, parameters }) => ({
      name: String(name),
      description: typeof description === 'string' ? description : '',
      parameters,
    })),
  };
}

function namedBy(choice: unknown): string {
  const { name } = fields(fields(choice).function);
  return typeof name === 'string' ? name : 'auto';
}

function joined(turns: readonly Turn[]): string {
  return turns.map((turn) => turn.text).join('\n\n');
}

/** The session key, or ''. Only the newest releases send it, in a line that they append to a session's first turn. */
function sessionIn(turns: readonly Turn[]): string {
  const line = /^Runtime: agent=[^|]* \| session=([^]*?) \| sessionId=/m;
  return turns.map((turn) => line.exec(turn.text)?.[1]).findLast((key) => key !== undefined) ?? '';
}

/** The text of a message. Images and tool calls are kept as JSON, because a test's tag may stand in them. */
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
