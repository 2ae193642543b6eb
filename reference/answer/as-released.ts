/**
 * Answers with the faults of a release. Loaded by a gateway that was asked for them, and by no other; what each trait
 * means stands in `released.ts`.
 */

import type { ServerResponse } from 'node:http';
import { RunFailure, type RunEvent } from '../backends/backend.ts';
import type { Behaviour } from '../editions/editions.ts';
import type { Told } from '../editions/mistakes.ts';
import { Refusal, internal } from '../errors.ts';
import type { Chunk } from './chunks.ts';
import { EventStream } from './sse.ts';
import { NO_RESPONSE } from './visible.ts';

const APOLOGY = "⚠️ Agent couldn't generate a response. Please try again.";
const NOTE = "⚠️ Reply truncated at the model's output token limit. The text above is partial — ask to continue it.";

/** What a release makes of a run. Both methods throw a `Refusal` where it tells of a failure. */
export class RunAsReleased {
  readonly #words: Words;
  readonly #told: { readonly streamed: boolean; readonly model: string };
  readonly #traits: Behaviour;

  constructor(told: { readonly streamed: boolean; readonly model: string }, traits: Behaviour) {
    this.#words = new Words(traits);
    this.#told = told;
    this.#traits = traits;
  }

  *of(event: RunEvent): Generator<RunEvent, void> {
    const words = this.#words;
    const { streamed } = this.#told;
    if (event.type === 'text') yield* this.#say(event.text === NO_RESPONSE ? '' : words.push(event.text));
    else if (event.type === 'finish') {
      yield* this.#say(words.end());
      const cut = event.reason === 'length';
      if (words.said === '' && event.reason !== 'tool_calls') yield* silence(words.quiet, this.#told, this.#traits);
      else if (!streamed) yield { type: 'text', text: cut ? cutText(words.said, this.#traits) : words.said };
      if (this.#traits.finishChunk || !streamed) yield cut ? { type: 'finish', reason: this.#traits.cut } : event;
    } else if (event.type === 'usage') yield withoutNothing(event);
    else yield event;
  }

  /** @param thrown What the run ended with; anything but a `RunFailure` is thrown again. */
  *failed(thrown: unknown): Generator<RunEvent, void> {
    if (!(thrown instanceof RunFailure)) throw thrown;
    yield* failed(thrown, this.#words.said, this.#told.streamed, this.#traits);
  }

  /** What is told in one piece waits for its end: it may turn out otherwise. */
  #say(text: string): RunEvent[] {
    return this.#told.streamed && text !== '' ? [{ type: 'text', text }] : [];
  }
}

/** None of the provider's counted words were cached: that is not told. */
function withoutNothing({ type, input, output, cached = 0 }: RunEvent & { type: 'usage' }): RunEvent {
  return { type, input, output, ...(cached > 0 && { cached }) };
}

const REPLY_TAG = /\[\[reply_to_current\]\]\s*/g;
const NO_REPLY = 'NO_REPLY';

/** Words without those that agents say to OpenClaw, and without blanks at the end: they wait for what comes next. */
class Words {
  /** What has been shown. */
  said = '';
  /** It was said in so many words that nothing is to be said. */
  quiet = false;
  #held = '';
  readonly #media: boolean;

  constructor({ mediaLines }: Behaviour) {
    this.#media = mediaLines === 'kept';
  }

  push(piece: string): string {
    const text = this.#held + piece;
    const from = this.#waiting(text);
    this.#held = text.slice(from);
    return this.#show(text.slice(0, from));
  }

  end(): string {
    const rest = this.#held.trimEnd();
    this.#held = '';
    this.quiet = this.said === '' && rest === NO_REPLY;
    return this.#show(this.quiet ? '' : rest);
  }

  /** From where on a text may turn out to be no text. */
  #waiting(text: string): number {
    if (this.said === '' && NO_REPLY.startsWith(text)) return 0;
    const open = this.#media
      ? /\s*(?:\[\[[^\]]*\]?)?$/
      : /\s*(?:\[\[[^\]]*\]?|(?<=^|\n)M(?:E(?:D(?:I(?:A(?::.*)?)?)?)?)?)?$/;
    return open.exec(text)?.index ?? text.length;
  }

  #show(text: string): string {
    const media = this.#media ? text : text.replace(/(?:^|\n)MEDIA:.*/g, '');
    const untagged = media.replace(REPLY_TAG, '');
    const shown = this.said === '' ? untagged.trimStart() : untagged;
    this.said += shown;
    return shown;
  }
}

class Incomplete extends Refusal {
  constructor(message: string) {
    super(400, 'invalid_request_error', message);
  }

  override get body(): { error: { message: string; type: string; code: string } } {
    return { error: { ...super.body.error, code: 'incomplete_result' } };
  }
}

/** What is told in the place of words. */
function* silence(
  quiet: boolean,
  { streamed, model }: { readonly streamed: boolean; readonly model: string },
  { silence: manner }: Behaviour,
): Generator<RunEvent> {
  switch (manner) {
    case 'refused':
      if (quiet) return yield { type: 'text', text: NO_RESPONSE };
      throw new Incomplete(`${model} ended with an incomplete terminal response`);
    case 'an error':
      throw internal();
    case 'apologised for':
      return yield { type: 'text', text: quiet ? NO_RESPONSE : APOLOGY };
    case 'said':
    case 'said, but not streamed':
      if (!streamed) yield { type: 'text', text: NO_RESPONSE };
  }
}

function cutText(text: string, { cutText: manner }: Behaviour): string {
  if (manner === 'as it is') return text;
  return manner === 'replaced' ? APOLOGY : `${text}\n\n${NOTE}`;
}

function* failed(failure: RunFailure, text: string, streamed: boolean, traits: Behaviour): Generator<RunEvent> {
  if (!streamed) {
    if ((text === '' ? traits.failure : traits.lateFailure) === 'told') throw toldOf(failure, traits);
    const { [failure.status]: words = traits.failureWords.other } = traits.failureWords;
    const told = words.replace('{status}', String(failure.status)).replace('{words}', failure.message);
    // Of a failure in the middle of a stream the provider's status is not known.
    yield { type: 'text', text: text === '' ? told : `${failure.message}\n\n${text}` };
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
    super(response, traits.headers);
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
