/**
 * The upstream backend: a real OpenAI-compatible provider. The session's history goes along as messages, the
 * instructions as the system message in front of them. One call is one run: a client that wants it again asks again.
 */

import type { Agent } from '../options.ts';
import type { Backend, Run, RunEvent } from './backend.ts';
import { PROVIDER_BYTES, chunksFrom, type Chunk } from './provider.ts';

const OPENAI = 'https://api.openai.com/v1';

export interface Upstream {
  /** Such as `http://127.0.0.1:11434/v1`. Default: `OPENAI_BASE_URL`, or OpenAI itself. */
  readonly url?: string | undefined;
  /** What agents without a model of their own ask for. */
  readonly model?: string | undefined;
  /** How many bytes of one answer are taken in; with more the provider has failed. Default: 64 MiB. */
  readonly bytes?: number | undefined;
  readonly agents: readonly Agent[];
  /** `OPENAI_API_KEY` is the key for the provider. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * A backend that asks a provider.
 *
 * @throws {Error} when there is no key, or an agent without a model.
 */
export function upstreamBackend({ url, model, bytes = PROVIDER_BYTES, agents, env }: Upstream): Backend {
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
  const models = new Map(agents.map((agent) => [agent.id, agent.model]));
  const fallback = model ?? agents.find((agent) => agent.default)?.model ?? '';
  const place = { url: url ?? env.OPENAI_BASE_URL ?? OPENAI, headers: { Authorization: `Bearer ${apiKey}` }, bytes };
  return {
    async *run(run, signal) {
      const body = {
        model: run.override ?? models.get(run.agent) ?? fallback,
        messages: messagesOf(run),
        ...toolsOf(run),
        stream: true,
        stream_options: { include_usage: true },
      };
      try {
        yield* eventsOf(chunksFrom({ ...place, body, signal }));
      } catch (thrown) {
        if (!signal.aborted) throw thrown;
      }
    },
  };
}

/** Of the first choice; no other was asked for. */
async function* eventsOf(chunks: AsyncIterable<Chunk>): AsyncGenerator<RunEvent> {
  let cut = false;
  /** Ours by the provider's, which may count from anywhere. */
  const called = new Map<number, number>();
  for await (const { choices, usage } of chunks) {
    const [choice] = choices ?? [];
    const { content, tool_calls: calls } = choice?.delta ?? {};
    if (content) yield { type: 'text', text: content };
    for (const [at, call] of (calls ?? []).entries()) {
      const { name, arguments: pieces } = call.function ?? {};
      const index = called.get(call.index ?? at) ?? called.size;
      // Some providers say id and name again with every piece.
      if (index === called.size) yield { type: 'call', index, id: call.id ?? '', name: name ?? '' };
      called.set(call.index ?? at, index);
      if (pieces) yield { type: 'arguments', index, text: pieces };
    }
    if (choice?.finish_reason === 'length') cut = true;
    if (usage) {
      const { prompt_tokens: input, completion_tokens: output, prompt_tokens_details: details } = usage;
      const cached = details?.cached_tokens ?? undefined;
      yield { type: 'usage', input: input ?? 0, output: output ?? 0, ...(cached !== undefined && { cached }) };
    }
  }
  yield { type: 'finish', reason: cut ? 'length' : called.size > 0 ? 'tool_calls' : 'stop' };
}

function toolsOf({ tools = [], toolChoice = 'auto' }: Run): object {
  if (tools.length === 0) return {};
  const named = { type: 'function', function: { name: toolChoice } } as const;
  return {
    tools: tools.map(({ name, description, parameters }) => ({
      type: 'function',
      function: { name, description, parameters: parameters ?? {} },
    })),
    tool_choice: toolChoice === 'auto' || toolChoice === 'none' || toolChoice === 'required' ? toolChoice : named,
  };
}

function messagesOf({ instructions, history, prompt }: Run): object[] {
  return [
    ...(instructions === '' ? [] : [{ role: 'system', content: instructions } as const]),
    ...history.map(({ role, text }) => ({ role: role === 'assistant' ? role : 'user', content: text }) as const),
    { role: 'user', content: prompt },
  ];
}
