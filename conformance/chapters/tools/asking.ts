/** Asking an agent to call functions of the client, and gateways that lie about calls alone. */

import type { Dial } from '../../dial/dial.ts';
import { expect } from '../../dial/expectation.ts';
import type { Liar } from '../../dial/mutant.ts';
import { Undecided } from '../../undecided.ts';
import * as lie from '../../vocabulary/liars.ts';
import type { Json } from '../../vocabulary/liars.ts';
import { play } from '../../vocabulary/prompts.ts';
import { callsIn, type Called } from '../../watching/calls.ts';
import { Seen } from '../../watching/seen.ts';
import type { Exchange } from '../../wire/exchange.ts';

const named = (name: string, description: string, key: string): object => ({
  type: 'function',
  function: {
    name,
    description,
    parameters: { type: 'object', properties: { [key]: { type: 'string' } }, required: [key] },
  },
});

export const WEATHER = named('kit_weather', 'The weather of a city.', 'city');
/** A dash is as good as a letter: https://platform.openai.com/docs/api-reference/chat/create. */
export const TIME = named('kit-time', 'The time in a time zone.', 'zone');
/** Both functions, as a call offers them. */
export const TOOLS: readonly object[] = [WEATHER, TIME];
/** Any agent understands it; one that plays replies plays that. */
export const CALL_WEATHER = 'Call the function kit_weather for the city of Paris, once, and say nothing else.';
/** The `tool_choice` that names a function. */
export const chosen = (name: string): object => ({ type: 'function', function: { name } });

/** The prompt of a reply, with words for a live model. */
export const asking = ({ nonce }: Dial, reply: string, words = CALL_WEATHER): string =>
  `${play(reply)} ${words} ${nonce}`;

/** An answer to a call that offers functions, and what is called in it. */
export interface Offered {
  readonly exchange: Exchange;
  readonly seen: Seen;
  readonly calls: readonly Called[];
}

/** Offers functions, and reads what is called. */
export async function offered(
  dial: Dial,
  prompt: string | readonly object[],
  fields: Readonly<Record<string, unknown>> = {},
): Promise<Offered> {
  const exchange = await dial.send(dial.body(prompt, { tools: TOOLS, ...fields }));
  const seen = new Seen(exchange);
  return { exchange, seen, calls: callsIn(seen) };
}

/**
 * A function was called.
 *
 * @throws {Violation} otherwise; {Undecided} of a live model, which may not have wanted to.
 */
export function expectCalled(
  dial: Dial,
  { seen, calls }: { readonly seen: Seen; readonly calls: readonly Called[] },
): void {
  if (calls.length === 0 && !dial.scripted && seen.isSuccess)
    throw new Undecided('asked to call a function, the model called none');
  expect(calls.length > 0, 'a call of a function', seen.text);
}

/** What is said beside calls. */
export function wordsOf(seen: Seen): unknown {
  if (!seen.isStream) return seen.completion?.choices[0]?.message?.content;
  return seen.chunks.map(({ chunk }): unknown => chunk.choices?.[0]?.delta?.content ?? '').join('');
}

/** Edits the message of an answer with calls. */
export const ofMessage = (edit: (message: Json) => Json): Liar =>
  lie.message((message) => (message.tool_calls ? edit(message) : message));
/** Edits the calls of a whole answer. */
export const ofCalls = (edit: (calls: Json[]) => Json): Liar =>
  ofMessage((message) => ({ ...message, tool_calls: edit(message.tool_calls) }));
export const eachCall = (edit: (call: Json, at: number) => Json): Liar => ofCalls((calls) => calls.map(edit));

const piece = (chunk: Json): Json => chunk.choices?.[0]?.delta?.tool_calls?.[0];
/** Edits each piece of a call in a stream; undefined drops it. */
export const eachPiece = (edit: (piece: Json) => Json): Liar =>
  lie.chunks((chunk) => {
    if (!piece(chunk)) return chunk;
    const edited = edit(piece(chunk));
    const [choice] = chunk.choices;
    return edited === undefined
      ? []
      : { ...chunk, choices: [{ ...choice, delta: { ...choice.delta, tool_calls: [edited] } }] };
  });
/** Lies about streams in which something is called, from the first call on. */
export const afterCall = (rewrite: (chunk: Json) => Json): Liar => {
  return (request, faithful) => {
    let called = false;
    return lie.chunks((chunk) => {
      called ||= Boolean(piece(chunk));
      return called ? rewrite(chunk) : chunk;
    })(request, faithful);
  };
};
/** The same for the data of events, the sentinel among them. */
export const framesAfterCall = (rewrite: (data: string) => readonly string[]): Liar => {
  return (request, faithful) => {
    let called = false;
    return lie.frames((data) => {
      called ||= data.includes('"tool_calls":[');
      return called ? rewrite(data) : [data];
    })(request, faithful);
  };
};
/** Another finish reason of answers with calls, whole and streamed. */
export const finishing = (reason: string | null): Liar => {
  const whole = lie.choice((choice) => (choice.message?.tool_calls ? { ...choice, finish_reason: reason } : choice));
  const streamed = afterCall((chunk) =>
    lie.finishes(chunk) ? { ...chunk, choices: [{ ...chunk.choices[0], finish_reason: reason }] } : chunk,
  );
  return (request, faithful) => streamed(request, (asked) => whole(asked, faithful));
};
/** Rewrites tools and choice before the gateway sees them. */
export const asksOtherwise = (edit: (body: Json) => Json): Liar =>
  lie.asks((body) => (body?.tools ? { ...body, ...edit(body) } : body));
export const toolless = asksOtherwise(() => ({ tools: undefined, tool_choice: undefined }));
/** A gateway that leaves the choice to the model. */
export const free = asksOtherwise(() => ({ tool_choice: 'auto' }));
