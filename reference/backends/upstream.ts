/**
 * The upstream backend: a real OpenAI-compatible provider. The session's history goes along as messages, the
 * instructions as the system message in front of them, and what the call says of parameters, images and tools. A failure
 * is not asked about again: a client that wants it again asks again. Releases may differ.
 */

import { behaviour } from '../editions/editions.ts';
import type { Agent } from '../options.ts';
import { Answers } from './answers.ts';
import { RunFailure, type Backend, type Run } from './backend.ts';
import { persistent } from './persistent.ts';
import { PROVIDER_BYTES } from './provider.ts';

const OPENAI = 'https://api.openai.com/v1';

/** Where the provider is, and which models it is asked for. */
export interface Upstream {
  /** Such as `http://127.0.0.1:11434/v1`. Default: `OPENAI_BASE_URL`, or OpenAI itself. */
  readonly url?: string | undefined;
  /** What agents without a model of their own ask for. */
  readonly model?: string | undefined;
  /** How many bytes of one answer are taken in; with more the provider has failed. Default: 64 MiB. */
  readonly bytes?: number | undefined;
  /** A model of theirs begins with the provider's name and a slash, which the provider is not told. */
  readonly agents: readonly Agent[];
  /** What agents that are not configured ask for, named as theirs are. Default: `model`, or the default agent's. */
  readonly defaultModel?: string | undefined;
  /** `OPENAI_API_KEY` is the key for the provider. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The release that asks, such as `2026.9.6`. Default: the newest. */
  readonly edition?: string | undefined;
  /** Whether it asks with the mistakes of that release. Default: false. */
  readonly asReleased?: boolean | undefined;
}

/**
 * A backend that asks a provider.
 *
 * @throws {Error} when there is no key, or an agent without a model.
 */
export function upstreamBackend(upstream: Upstream): Backend {
  const { url, model, bytes = PROVIDER_BYTES, agents, defaultModel, env } = upstream;
  const traits = behaviour(upstream.edition, upstream.asReleased);
  const { toolChoice, unfinished, retries } = traits;
  const lax = unfinished === 'taken for whole';
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
  const configured = [defaultModel, ...agents.map((agent) => agent.model)];
  const prefixes = new Set(configured.flatMap((name = '') => providerIn(name)?.toLowerCase() ?? []));
  const bare = (name: string): string => {
    const provider = providerIn(name);
    return provider !== undefined && prefixes.has(provider.toLowerCase()) ? name.slice(provider.length + 1) : name;
  };
  const models = new Map(agents.map((agent) => [agent.id, agent.model]));
  const own = agents.find((agent) => agent.default)?.model ?? '';
  const fallback = defaultModel === undefined ? (model ?? bare(own)) : bare(defaultModel);
  const place = {
    url: url ?? env.OPENAI_BASE_URL ?? OPENAI,
    headers: { Authorization: `Bearer ${apiKey}` },
    bytes,
    lax,
  };
  const modelFor = (name: string | undefined): string => (name === undefined ? fallback : bare(name));
  return {
    async *run(run, signal) {
      const messages = messagesOf(run, toolChoice === 'put into words');
      const body = {
        model: modelFor(run.override ?? models.get(run.agent)),
        messages,
        ...run.parameters,
        ...toolsOf(run, toolChoice === 'told'),
        stream: true,
        stream_options: { include_usage: true },
      };
      const answers = new Answers(new Set(run.tools?.map(({ name }) => name)), traits);
      try {
        for (let round = 1; ; round++) {
          yield* answers.events(persistent({ ...place, body, signal }, retries));
          const strange = answers.toStrangeCalls();
          const silent = traits.silentAnswers === 'asked again' && strange.length === 0 && answers.isSilent;
          const again = silent && round === 1 ? [{ role: 'user', content: AGAIN }] : strange;
          if (again.length === 0) break;
          if (round === ROUNDS)
            throw new RunFailure(502, 'The model calls functions that there are not.', 'unreadable');
          messages.push(...again);
        }
        yield* answers.end();
      } catch (thrown) {
        if (!signal.aborted) throw thrown;
      }
    },
    async embed(asked, signal) {
      const { embeddingsFrom } = await import('./embedding.ts');
      return await embeddingsFrom(place, asked, signal);
    },
  };
}

const AGAIN =
  'The previous attempt did not produce a user-visible answer. Continue from the current state and produce the visible ' +
  'answer now. Do not restart from scratch.';

/** How often a model is told that it calls functions that there are not. */
const ROUNDS = 20;

/** The part of a model's name before its first slash. */
function providerIn(model: string): string | undefined {
  return /^([^/]+)\//.exec(model)?.[1];
}

function toolsOf({ tools = [], toolChoice = 'auto' }: Run, told: boolean): object {
  if (tools.length === 0) return {};
  const named = { type: 'function', function: { name: toolChoice } } as const;
  return {
    tools: tools.map(({ name, description, parameters }) => ({
      type: 'function',
      function: { name, description, parameters: parameters ?? {} },
    })),
    ...(told && { tool_choice: KEYWORDS.has(toolChoice) ? toolChoice : named }),
  };
}

const KEYWORDS = new Set(['auto', 'none', 'required']);

function insistenceOn(choice: string): string {
  if (choice === 'auto' || choice === 'none') return '';
  const tool = choice === 'required' ? 'one of the available tools' : `the ${choice} tool`;
  return `You must call ${tool} before responding.`;
}

/** @param insisting Whether the instructions say which call the client insists on. */
function messagesOf(run: Run, insisting: boolean): object[] {
  const { history, prompt, images = [], toolChoice = 'auto' } = run;
  const pictures = images.map((url) => ({ type: 'image_url', image_url: { url } }) as const);
  const insistence = insisting ? insistenceOn(toolChoice) : '';
  const instructions = [run.instructions, insistence].filter((text) => text !== '').join('\n\n');
  return [
    ...(instructions === '' ? [] : [{ role: 'system', content: instructions } as const]),
    // A turn without an answer was not answered.
    ...history
      .filter(({ text }) => text !== '')
      .map(({ role, text }) => ({ role: role === 'assistant' ? role : 'user', content: text }) as const),
    { role: 'user', content: pictures.length === 0 ? prompt : [{ type: 'text', text: prompt }, ...pictures] },
  ];
}
