/**
 * Answers with the faults of a release. Loaded by a gateway that was asked for them, and by no other; what each trait
 * means stands in `released.ts`.
 */

import type { ServerResponse } from 'node:http';
import { RunFailure, type RunEvent } from './backends/backend.ts';
import type { Chunk } from './chunks.ts';
import type { Behaviour } from './editions.ts';
import { Refusal } from './errors.ts';
import type { Told } from './released.ts';
import { EventStream } from './sse.ts';
import { NO_RESPONSE } from './visible.ts';

const APOLOGY = "⚠️ Agent couldn't generate a response. Please try again.";
const NOTE = "⚠️ Reply truncated at the model's output token limit. The text above is partial — ask to continue it.";

/** What a release makes of a run. Throws a `Refusal` where it tells of a failure. */
export async function* runAsReleased(
  events: AsyncIterable<RunEvent>,
  streamed: boolean,
  traits: Behaviour,
): AsyncGenerator<RunEvent, void> {
  let text = '';
  try {
    for await (const event of events) {
      if (event.type === 'text') {
        text += event.text;
        // What is said in one piece waits for its end: it may turn out otherwise.
        if (streamed && event.text !== NO_RESPONSE) yield event;
      } else if (event.type === 'finish') {
        const cut = event.reason === 'length';
        if (text === NO_RESPONSE) text = silence(traits, streamed);
        else if (cut) text = cutText(text, traits);
        if (!streamed || text === APOLOGY) yield { type: 'text', text };
        if (traits.finishChunk || !streamed) yield cut ? { type: 'finish', reason: traits.cut } : event;
      } else yield event;
    }
  } catch (thrown) {
    if (!(thrown instanceof RunFailure)) throw thrown;
    yield* failed(thrown, text, streamed, traits);
  }
}

/** The text in the place of none. */
function silence({ silence: manner }: Behaviour, streamed: boolean): string {
  switch (manner) {
    case 'refused':
      throw new Refusal(400, 'invalid_request_error', 'The result is incomplete.');
    case 'an error':
      throw new Refusal(500, 'api_error', 'internal error');
    case 'apologised for':
      return APOLOGY;
    case 'said':
    case 'said, but not streamed':
      return streamed ? '' : NO_RESPONSE;
  }
}

function cutText(text: string, { cutText: manner }: Behaviour): string {
  if (manner === 'as it is') return text;
  return manner === 'replaced' ? APOLOGY : `${text}\n\n${NOTE}`;
}

function* failed(failure: RunFailure, text: string, streamed: boolean, traits: Behaviour): Generator<RunEvent> {
  if (!streamed && traits.failure === 'told') throw toldOf(failure, traits);
  if (!streamed) {
    // Of a failure in the middle of a stream the provider's status is not known.
    const words = text === '' ? `${failure.status === 429 ? 'HTTP 429:' : failure.status} ${failure.message}` : '';
    yield { type: 'text', text: text === '' ? words : `${failure.message}\n\n${text}` };
    return;
  }
  const manner = text === '' ? traits.streamedFailure : traits.lateFailure;
  if (manner === 'told') throw toldOf(failure, traits);
  if (manner === 'as text') yield { type: 'text', text: 'Error: internal error' };
  if (traits.finishChunk) yield { type: 'finish', reason: 'stop' };
}

function toldOf(failure: RunFailure, { telling, secretsOfProviders }: Behaviour): RunFailure | Refusal {
  if (telling === 'kit') return failure;
  const told: Told = telling[failure.status] ?? telling.other;
  const words = `${failure.status} ${failure.message}`;
  const shown = secretsOfProviders === 'shown' ? words : words.replace(/\b(sk-\w{3})[\w-]+(\w{4})\b/g, '$1…$2');
  return new Refusal(told.status, told.type, told.message ?? shown);
}

/** A stream whose chunks look as a release's do. */
export class StreamAsReleased extends EventStream {
  readonly #traits: Behaviour;
  /** The role chunk, until there is a text to go with it. */
  #waiting: Chunk | undefined;

  constructor(response: ServerResponse, traits: Behaviour) {
    super(response);
    this.#traits = traits;
  }

  override open(first: Chunk): void {
    const role = this.#traits.roleFinish ? first : withoutFinish(first);
    if (this.#traits.roleChunk === 'at once') return super.open(role);
    this.#waiting = role;
    super.open();
  }

  override async send(value: object): Promise<void> {
    const chunk = value as Chunk;
    if (chunk.choices?.[0]?.delta.content !== undefined && this.#waiting !== undefined) {
      const role = this.#waiting;
      this.#waiting = undefined;
      await super.send(this.#stamped(role));
    }
    await super.send(this.#stamped(chunk));
  }

  #stamped(chunk: Chunk): object {
    if (this.#traits.created === 'once' || chunk.created === undefined) return chunk;
    return { ...chunk, created: Math.floor(Date.now() / 1000) };
  }
}

function withoutFinish(chunk: Chunk): Chunk {
  const choices = chunk.choices.map(({ finish_reason: _absent, ...choice }) => choice);
  return { ...chunk, choices: choices as unknown as Chunk['choices'] };
}
