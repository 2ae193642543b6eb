/** Streaming: the framing of the events, and what the official SDK reads from them. */

import OpenAI from 'openai';
import { Words, expect } from '../dial/expectation.ts';
import type { Liar, Mutant } from '../dial/mutant.ts';
import { chunkText, eventsOf, described } from '../dial/reading.ts';
import { chapter, kept, must } from '../vocabulary/chapter.ts';
import * as lie from '../vocabulary/liars.ts';
import { streamed } from '../vocabulary/prompts.ts';
import { expectSuccess } from '../watching/answers.ts';
import { Seen } from '../watching/seen.ts';
import { expectDone, expectEventLines, expectNothingAfterDone } from '../watching/streams.ts';
import { DONE, splitFrames } from '../wire/frames.ts';
import { chunkCases } from './streaming/chunks.ts';
import { failureCases } from './streaming/failures.ts';
import { leavingCases } from './streaming/leaving.ts';
import { paceCases } from './streaming/pace.ts';
import { wordCases } from './streaming/text.ts';
import { usageCases } from './streaming/usage.ts';

const PARSING = 'https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream';
const SDK = 'https://github.com/openai/openai-node/blob/master/helpers.md';

/** Another content type for streams. */
const renamed = (type: string): Liar =>
  lie.headers((headers) => {
    if (headers.get('content-type')?.includes('event-stream')) headers.set('content-type', type);
  });

/** Passes the stream on, and runs `flush` at its end: a promise that stays open keeps the stream open. */
const ending = (flush: (controller: TransformStreamDefaultController<Uint8Array>) => void | Promise<void>): Mutant =>
  lie.replies((response) =>
    lie.isStream(response) && response.body
      ? new Response(response.body.pipeThrough(new TransformStream({ flush })), response)
      : response,
  );

/** Streams without the sentinel. */
const unended = lie.frames((data) => (data === DONE ? [] : [data]));
/** Drops every chunk with text. */
const speechless = lie.chunks((chunk) => (lie.saysText(chunk) ? [] : chunk));

export default chapter('streaming', 'Streaming (SSE)', {
  section: '#streaming-sse',
  core: true,
  cases: [
    // Clients choose their parser by it: a stream that is called JSON fails as one body (issue 96503).
    must('streaming.content-type', {
      says: 'a stream is status 200 with text/event-stream',
      watched: true,
      async holds(dial) {
        expectSuccess(new Seen(await streamed(dial)), 'text/event-stream');
      },
      catches: {
        'calls a stream with usage JSON': lie.aboutRequest(/"include_usage":true/, renamed('application/json')),
        'calls it JSON': renamed('application/json'),
        'calls it text': renamed('text/plain; charset=utf-8'),
        'calls it a stream of bytes': renamed('application/octet-stream'),
      },
    }),
    // WHATWG HTML, 9.2.6, allows more, but clients parse by hand: text in `data:` kills their JSON.parse
    // (opencode#50871), and after an `id:` line openai-python takes blank lines for events (openai-python#2722).
    must('streaming.event-lines', {
      says: 'every event is one line of data, JSON or [DONE], and a blank line; comments aside',
      source: PARSING,
      watched: true,
      async holds(dial) {
        const exchange = await streamed(dial);
        expectEventLines(splitFrames(exchange.pieces));
        expect(eventsOf(exchange).length > 0, 'events', described(exchange));
      },
      catches: {
        'numbers the events of long streams': lie.events(
          (data, index) => `${index > 1000 ? `id: ${index}\n` : ''}data: ${data}\n\n`,
        ),
        'names its events': lie.events((data) => `event: message\ndata: ${data}\n\n`),
        'numbers its events': lie.events((data, index) => `id: ${index}\ndata: ${data}\n\n`),
        'joins two events': lie.events((data, index) => `data: ${data}\n${index === 1 ? '' : '\n'}`),
        'one line end after each event': lie.events((data) => `data: ${data}\r\n`),
        'forgets the last blank line': lie.events((data) => `data: ${data}\n${data === DONE ? '' : '\n'}`),
        'breaks the JSON over lines': lie.events((data) =>
          data === DONE
            ? `data: ${data}\n\n`
            : `${JSON.stringify(JSON.parse(data), null, 1).replaceAll(/^/gm, 'data: ')}\n\n`,
        ),
        'says goodbye in words': lie.frames((data) => (data === DONE ? ['bye', data] : [data])),
      },
    }),
    // Without the sentinel a client waits for more; a connection that breaks instead is a failed call for the SDK.
    must('streaming.done', {
      says: 'a stream ends with the literal [DONE]',
      watched: true,
      async holds(dial) {
        const exchange = await streamed(dial);
        expectDone(eventsOf(exchange));
        expect(exchange.end === 'complete', 'the reply to end after [DONE]', described(exchange));
      },
      catches: {
        'forgets the sentinel': unended,
        'forgets it when usage was asked': lie.aboutRequest(/"include_usage":true/, unended),
        'forgets it after more than 1000 chunks': lie.frames((data, index) =>
          data === DONE && index > 1000 ? [] : [data],
        ),
        'says it as JSON': lie.frames((data) => (data === DONE ? ['"[DONE]"'] : [data])),
        'never ends': ending(() => new Promise(() => {})),
        'breaks the connection instead of an end': ending((controller) =>
          controller.error(new TypeError('terminated')),
        ),
      },
    }),
    // Clients stop reading at [DONE]: what comes later is lost (issue 115652).
    must('streaming.nothing-after-done', {
      says: '[DONE] comes once, and no event comes after it',
      source: 'https://platform.openai.com/docs/api-reference/chat/create#chat-create-stream',
      watched: true,
      async holds(dial) {
        const exchange = await streamed(dial);
        expectNothingAfterDone(splitFrames(exchange.pieces));
        expect(eventsOf(exchange).length > 0, 'events', described(exchange));
      },
      catches: {
        'says it twice behind usage': lie.aboutRequest(
          /"include_usage":true/,
          lie.frames((data) => (data === DONE ? [DONE, DONE] : [data])),
        ),
        'says it twice': lie.frames((data) => (data === DONE ? [DONE, DONE] : [data])),
        'speaks after it': lie.frames((data) => (data === DONE ? [DONE, '{"choices":[]}'] : [data])),
        'leaves half an event behind': lie.events((data) => `data: ${data}\n\n${data === DONE ? 'data: {"id"' : ''}`),
      },
    }),
    must('streaming.sdk', {
      says: 'the official SDK iterates a stream to its end, and hears text',
      source: SDK,
      async holds(dial) {
        const { failure, understood, exchange } = await dial.stream(`Say hello. ${dial.nonce}`);
        const thrown = failure instanceof Error ? failure.message : '';
        expect(
          failure === undefined,
          'the SDK to reach the end',
          new Words(`${thrown}; ${String(described(exchange))}`),
        );
        const text = understood.map((chunk) => chunkText({ chunk })).join('');
        expect(text.trim() !== '', 'text in choices[0].delta.content', text);
      },
      catches: {
        'puts an error among the words': lie.frames((data, index) =>
          index === 2 ? ['{"error":{"message":"odd","type":"api_error"}}', data] : [data],
        ),
        'speaks in no JSON': lie.frames((data, index) => (index === 2 ? ['Hello', data] : [data])),
        'answers in one piece of JSON': lie.replies(async (response) =>
          lie.isStream(response)
            ? lie.answer(200, { choices: [{ index: 0, message: { content: 'Hello' } }] })
            : response,
        ),
        'has nothing to say': speechless,
      },
    }),
    // Before 2026.4.10 streams had no finish: the helper threw `missing finish_reason for choice 0`.
    kept('streaming.sdk-helper', {
      keptSince: '2026.4.15',
      says: "the SDK's stream() helper reaches finalChatCompletion()",
      source: SDK,
      mustSince: '2026.4.10',
      async holds(dial) {
        const body = { ...dial.body(`Say hello. ${dial.nonce}`), stream: true };
        const runner = dial.sdk.chat.completions.stream(body as unknown as OpenAI.ChatCompletionCreateParamsStreaming);
        const [final] = await Promise.allSettled([runner.finalChatCompletion()]);
        const exchange = await dial.wire();
        expect(
          final.status === 'fulfilled',
          'a final completion',
          new Words(`${refusalOf(final)}; ${String(described(exchange))}`),
        );
        const content = final.value.choices[0]?.message.content;
        expect(Boolean(content?.trim()), 'text in the final completion', content);
      },
      catches: {
        'never finishes': lie.neverFinishes,
        'finishes with null': lie.chunks((chunk) =>
          lie.finishes(chunk) ? { ...chunk, choices: [{ ...chunk.choices[0], finish_reason: null }] } : chunk,
        ),
        'says nothing but the finish': speechless,
      },
    }),
    ...chunkCases,
    ...usageCases,
    ...wordCases,
    ...paceCases,
    ...leavingCases,
    ...failureCases,
  ],
});

/** The message with which the SDK gave up; empty when it did not. */
const refusalOf = (final: PromiseSettledResult<unknown>): string =>
  final.status === 'rejected' && final.reason instanceof Error ? final.reason.message : '';
