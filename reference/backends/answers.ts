/**
 * What a provider says in a run, as the run's events. A model may call a function that it was not offered, one that it
 * made up or the server's own: no client can answer that, so the model is told, and says more.
 * Source: https://platform.openai.com/docs/api-reference/chat-streaming
 */

import type { Behaviour } from '../editions/editions.ts';
import { RunFailure, type RunEvent } from './backend.ts';
import type { Chunk } from './provider.ts';

type Finish = Extract<RunEvent, { type: 'finish' }>['reason'];
type Usage = Extract<RunEvent, { type: 'usage' }>;

/** The finish reasons that are more than whether a tool was called. */
const FINISHES: readonly Finish[] = ['length', 'content_filter'];

/** Those that are known, and those by which some providers say that they failed. */
const KNOWN = new Set(['stop', 'tool_calls', 'function_call', ...FINISHES]);
const FAILED = new Set(['error', 'network_error']);

interface StrangeCall {
  readonly id: string;
  readonly name: string;
  text: string;
}

/** The answers of a run, one after the other. */
export class Answers {
  readonly #offered: ReadonlySet<string>;
  readonly #traits: Pick<Behaviour, 'refusals' | 'oddFinish'>;
  #reason: Finish | undefined;
  #usage: Usage | undefined;
  #text = '';
  /** Whether text of an answer before this one was passed on. */
  #spoken = false;
  #strange: StrangeCall[] = [];
  /** How many calls were passed on. */
  #calls = 0;

  /** @param offered The names of the functions that the client offers. */
  constructor(offered: ReadonlySet<string>, traits: Pick<Behaviour, 'refusals' | 'oddFinish'>) {
    this.#offered = offered;
    this.#traits = traits;
  }

  /** The text and the calls of an answer: of its first choice, no other was asked for. */
  async *events(chunks: AsyncIterable<Chunk>): AsyncGenerator<RunEvent> {
    /** Ours by the provider's, which may count from anywhere. */
    const called = new Map<number, number | StrangeCall>();
    for await (const { choices, usage } of chunks) {
      const [choice] = choices ?? [];
      const { content, refusal, tool_calls: calls } = choice?.delta ?? {};
      if (content) yield this.#says(content);
      // The contract has no field for it, and the client is to know.
      if (refusal && this.#traits.refusals === 'content') yield this.#says(refusal);
      for (const [at, call] of (calls ?? []).entries()) {
        const { name, arguments: pieces } = call.function ?? {};
        const place = call.index ?? at;
        let known = called.get(place);
        // Some providers say id and name again with every piece.
        if (known === undefined) {
          const begun = { id: call.id ?? '', name: name ?? '' };
          if (this.#offered.has(begun.name)) {
            known = this.#calls++;
            yield { type: 'call', index: known, ...begun };
          } else {
            known = { ...begun, text: '' };
            this.#strange.push(known);
          }
          called.set(place, known);
        }
        if (!pieces) continue;
        if (typeof known === 'number') yield { type: 'arguments', index: known, text: pieces };
        else known.text += pieces;
      }
      this.#finish(choice?.finish_reason);
      if (usage) this.#count(usage);
    }
  }

  /** What the model is told of its calls of functions that there are not; nothing when there are others. */
  toStrangeCalls(): object[] {
    const calls = this.#strange;
    const content = this.#text;
    this.#strange = [];
    if (calls.length === 0 || this.#calls > 0) return [];
    this.#spoken ||= content !== '';
    this.#text = '';
    return [
      {
        role: 'assistant',
        content: content === '' ? null : content,
        tool_calls: calls.map(({ id, name, text }) => ({
          id,
          type: 'function',
          function: { name, arguments: plain(text) },
        })),
      },
      ...calls.map(({ id, name }) => ({ role: 'tool', tool_call_id: id, content: `Tool ${name} not found` })),
    ];
  }

  /** Whether the answer says nothing: no text, no call. */
  get isSilent(): boolean {
    return this.#calls === 0 && this.#text.trim() === '';
  }

  /** What is known in the end. */
  *end(): Generator<RunEvent> {
    if (this.#usage !== undefined) yield this.#usage;
    yield { type: 'finish', reason: this.#reason ?? (this.#calls > 0 ? 'tool_calls' : 'stop') };
  }

  #finish(reason: string | null | undefined): void {
    if (!reason) return;
    if (FAILED.has(reason) || (this.#traits.oddFinish === 'fails' && !KNOWN.has(reason))) {
      const how = reason === 'network_error' ? 'unfinished' : 'filtered';
      throw new RunFailure(502, `Unhandled stop reason: ${reason}`, how);
    }
    this.#reason = FINISHES.find((one) => one === reason) ?? this.#reason;
  }

  #says(text: string): RunEvent {
    const apart = this.#spoken && this.#text === '' ? '\n\n' : '';
    this.#text += text;
    return { type: 'text', text: apart + text };
  }

  /** The answers of a run count together. */
  #count(usage: NonNullable<Chunk['usage']>): void {
    const { input = 0, output = 0, cached, reasoning } = this.#usage ?? {};
    const { prompt_tokens_details: prompt, completion_tokens_details: completion } = usage;
    const allCached = sum(cached, prompt?.cached_tokens);
    const allReasoning = sum(reasoning, completion?.reasoning_tokens);
    this.#usage = {
      type: 'usage',
      input: input + (usage.prompt_tokens ?? 0),
      output: output + (usage.completion_tokens ?? 0),
      ...(allCached !== undefined && { cached: allCached }),
      ...(allReasoning !== undefined && { reasoning: allReasoning }),
    };
  }
}

/** Arguments as providers take them back. */
function plain(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json));
  } catch {
    return '{}';
  }
}

function sum(one: number | undefined, other: number | null | undefined): number | undefined {
  return other === undefined || other === null ? one : (one ?? 0) + other;
}
