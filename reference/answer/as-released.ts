/**
 * Responses with the mistakes of a release. Loaded only by a gateway with `asReleased`. The meaning of each trait is in
 * `editions/mistakes.ts`.
 */

import type { ServerResponse } from 'node:http';
import { RunFailure, type RunEvent } from '../backends/backend.ts';
import type { Behaviour } from '../editions/editions.ts';
import type { Told } from '../editions/mistakes/failures.ts';
import { Refusal, internal } from '../errors.ts';
import type { Chunk } from './chunks.ts';
import { EventStream } from './sse.ts';
import { NO_RESPONSE } from './visible.ts';
import { Words } from './words-as-released.ts';

const APOLOGY = "⚠️ Agent couldn't generate a response. Please try again.";
const FAILED = 'LLM request failed.';
const NOTE = "⚠️ Reply truncated at the model's output token limit. The text above is partial — ask to continue it.";

/**
 * Turns the events of a run into those that a release sends. Both methods throw a `Refusal` where it reports an error.
 */
export class RunAsReleased {
  readonly #words: Words;
  readonly #call: { readonly streamed: boolean; readonly model: string; readonly tools: boolean };
  readonly #traits: Behaviour;
  /** What was said, where it is lost when a call follows. */
  #beforeCall = '';

  /** @param call Whether it is streamed, the configured model of its agent, and whether it offers tools. */
  constructor(
    call: { readonly streamed: boolean; readonly model: string; readonly tools: boolean },
    traits: Behaviour,
  ) {
    this.#words = new Words(traits, call.streamed);
    this.#call = call;
    this.#traits = traits;
  }

  /** The events that a release sends for one event of the run. */
  *of(event: RunEvent): Generator<RunEvent, void> {
    const words = this.#words;
    const { streamed } = this.#call;
    if (event.type === 'text') {
      this.#beforeCall += this.#traits.commentary === 'lost' && this.#call.tools ? event.text : '';
      if (this.#beforeCall === '') yield* this.#say(event.text === NO_RESPONSE ? '' : words.push(event.text));
    } else if (event.type === 'finish') {
      if (this.#beforeCall !== '' && event.reason !== 'tool_calls') yield* this.#say(words.push(this.#beforeCall));
      yield* this.#say(words.end());
      if (event.reason === 'content_filter' && this.#traits.filtered === 'fails') {
        throw new RunFailure(500, 'An unknown error occurred', 'filtered');
      }
      const cut = event.reason === 'length';
      if (words.isEmpty && event.reason !== 'tool_calls') yield* silence(words.quiet, this.#call, this.#traits);
      else if (!streamed) yield { type: 'text', text: cut ? cutText(words.shown, this.#traits) : words.shown };
      if (this.#traits.finishChunk || !streamed) yield cut ? { type: 'finish', reason: this.#traits.cut } : event;
    } else yield event;
  }

  /** @param cause The error that ended the run; anything but a `RunFailure` is rethrown. */
  *failed(cause: unknown): Generator<RunEvent, void> {
    if (!(cause instanceof RunFailure)) throw cause;
    const { how } = cause;
    const noJson = how === 'whole' ? 'silence' : how === 'no json' ? this.#traits.noJson : 'told';
    if (noJson !== 'told') {
      if (noJson !== 'silence') yield { type: 'text', text: noJson === 'a text' ? FAILED : cause.message };
      if (noJson === 'silence') yield* silence(false, this.#call, this.#traits);
      if (this.#traits.finishChunk) yield { type: 'finish', reason: 'stop' };
      return;
    }
    yield* failed(cause, this.#words.shown, this.#call.streamed, this.#traits);
  }

  /** Text is passed on only in a stream: the text of one JSON response depends on how the run ends. */
  #say(text: string): RunEvent[] {
    return this.#call.streamed && text !== '' ? [{ type: 'text', text }] : [];
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

/** What a release sends for a run without text. */
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
    if ((text === '' ? traits.failure : traits.lateFailure) === 'told') throw reportOf(failure, traits);
    const report = spoken(failure, traits);
    yield { type: 'text', text: text === '' ? report : `${report}\n\n${text}` };
    return;
  }
  const manner = text === '' ? traits.streamedFailure : traits.lateFailure;
  if (manner === 'told') throw reportOf(failure, traits);
  if (manner === 'as text') yield { type: 'text', text: 'Error: internal error' };
  if (traits.finishChunk) yield { type: 'finish', reason: 'stop' };
}

const OVERLOADED = /overloaded/i;
const LIMITED = /rate[ _-]?limit|too many requests|quota|429/i;
/** Words by which releases know the text of an HTTP error. */
const NAMED =
  /error|bad request|not found|unauthorized|forbidden|internal server|service unavailable|gateway|rate limit|timeout|timed out|invalid|too many requests|permission/i;

/** What a release says in place of an answer. */
function spoken({ how, status, message }: RunFailure, { failureWords: words }: Behaviour): string {
  // In the middle of a stream there is no status.
  const streamed = how === 'streamed';
  const text = streamed ? message : `${status} ${message}`;
  const said =
    words[how] ??
    (LIMITED.test(text) ? words.limited : undefined) ??
    (OVERLOADED.test(text) ? words.overloaded : undefined) ??
    (streamed ? '{words}' : undefined) ??
    words[status] ??
    (NAMED.test(message) ? words.named : undefined) ??
    words.other;
  return said.replace('{status}', String(status)).replace('{words}', () => message);
}

/** The error that a release reports for a failure. */
function reportOf(failure: RunFailure, { telling, secretsOfProviders }: Behaviour): RunFailure | Refusal {
  if (telling === 'kit') return failure;
  const busy = OVERLOADED.test(failure.message) ? telling.overloaded : undefined;
  const report: Told = telling[failure.how] ?? busy ?? telling[failure.status] ?? telling.other;
  const words = `${failure.status} ${failure.message}`;
  const shown = secretsOfProviders === 'shown' ? words : words.replace(/\b(sk-\w{3})[\w-]+(\w{4})\b/g, '$1…$2');
  return new Refusal(report.status, report.type, report.message ?? shown);
}

/** A stream whose chunks have the fields and the timing of a release's. */
export class StreamAsReleased extends EventStream {
  readonly #traits: Behaviour;
  /** The role chunk, held until the first text chunk. */
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
