/**
 * The upstream backend: a real OpenAI-compatible provider. The session's history goes along as messages, the
 * instructions as the system message in front of them. The SDK takes as long to load as all the rest: it is loaded when
 * such a backend is made.
 */

import type OpenAI from 'openai';
import { late } from '../late.ts';
import type { Agent } from '../options.ts';
import { RunFailure, type Backend, type Run } from './backend.ts';

type SDK = typeof OpenAI;

export interface Upstream {
  /** Such as `http://127.0.0.1:11434/v1`. Default: the SDK's, `OPENAI_BASE_URL` or OpenAI itself. */
  readonly url?: string | undefined;
  /** What agents without a model of their own ask for. */
  readonly model?: string | undefined;
  readonly agents: readonly Agent[];
  /** `OPENAI_API_KEY` is the key for the provider. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * A backend that asks a provider.
 *
 * @throws {Error} when there is no key, or an agent without a model.
 */
export function upstreamBackend({ url, model, agents, env }: Upstream): Backend {
  const apiKey = env.OPENAI_API_KEY;
  if (!apiKey) {
    throw new Error(
      'Failed to start the upstream backend: expected a key in OPENAI_API_KEY, got none. ' +
        'Set it; any value does for a provider that asks for none.',
    );
  }
  const mute = model === undefined ? agents.find((agent) => agent.model === undefined) : undefined;
  if (mute !== undefined) {
    throw new Error(
      `Failed to start the upstream backend: expected a model for agent ${mute.id}, got none. ` +
        'Pass --upstream-model, or set agents.list[].model.',
    );
  }
  const loaded = late(async () => {
    const { default: OpenAI } = await import('openai');
    // One call is one run: who wants it again asks again.
    const client = new OpenAI({ apiKey, maxRetries: 0, ...(url === undefined ? {} : { baseURL: url }) });
    return { OpenAI, client };
  });
  // Begun now; that it failed is told to a run.
  loaded().catch(() => undefined);
  const models = new Map(agents.map((agent) => [agent.id, agent.model]));
  const fallback = model ?? agents.find((agent) => agent.default)?.model ?? '';
  return {
    async *run(run, signal) {
      const { OpenAI, client } = await loaded();
      try {
        const stream = await client.chat.completions.create(
          {
            model: run.override ?? models.get(run.agent) ?? fallback,
            messages: messagesOf(run),
            ...toolsOf(run),
            stream: true,
            stream_options: { include_usage: true },
          },
          { signal },
        );
        let cut = false;
        const called = new Set<number>();
        for await (const { choices, usage } of stream) {
          const text = choices[0]?.delta.content ?? '';
          if (text !== '') yield { type: 'text', text };
          for (const { index, id = '', function: { name = '', arguments: pieces = '' } = {} } of choices[0]?.delta
            .tool_calls ?? []) {
            // Some providers say id and name again with every piece.
            if (!called.has(index)) yield { type: 'call', index, id, name };
            called.add(index);
            if (pieces !== '') yield { type: 'arguments', index, text: pieces };
          }
          if (choices[0]?.finish_reason === 'length') cut = true;
          if (usage) {
            const { prompt_tokens: input, completion_tokens: output, prompt_tokens_details: details } = usage;
            const cached = details?.cached_tokens;
            yield { type: 'usage', input, output, ...(cached === undefined ? {} : { cached }) };
          }
        }
        yield { type: 'finish', reason: cut ? 'length' : called.size > 0 ? 'tool_calls' : 'stop' };
      } catch (thrown) {
        if (!signal.aborted) throw failureFrom(thrown, OpenAI);
      }
    },
  };
}

function toolsOf({ tools = [], toolChoice = 'auto' }: Run): Partial<OpenAI.ChatCompletionCreateParams> {
  if (tools.length === 0) return {};
  const named = { type: 'function', function: { name: toolChoice } } as const;
  return {
    tools: tools.map(({ name, description, parameters }) => ({
      type: 'function',
      function: { name, description, parameters: (parameters ?? {}) as Record<string, unknown> },
    })),
    tool_choice: toolChoice === 'auto' || toolChoice === 'none' || toolChoice === 'required' ? toolChoice : named,
  };
}

function messagesOf({ instructions, history, prompt }: Run): OpenAI.ChatCompletionMessageParam[] {
  return [
    ...(instructions === '' ? [] : [{ role: 'system', content: instructions } as const]),
    ...history.map(({ role, text }) => ({ role: role === 'assistant' ? role : 'user', content: text }) as const),
    { role: 'user', content: prompt },
  ];
}

function failureFrom(thrown: unknown, { APIConnectionTimeoutError, APIError }: SDK): RunFailure {
  if (thrown instanceof APIConnectionTimeoutError) return new RunFailure(504, 'The provider took too long.');
  if (!(thrown instanceof APIError)) return new RunFailure(502, 'The provider could not be reached.');
  const { message } = (thrown.error ?? {}) as { message?: unknown };
  // Without a status the connection failed, or the provider told of its fault in the middle of a stream.
  return new RunFailure(Number(thrown.status ?? 502), typeof message === 'string' ? message : thrown.message);
}
