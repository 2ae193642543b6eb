/** Streaming: the framing of the events, and what the official SDK reads from them. */

import OpenAI from 'openai';
import { Words, expect, expectEqual } from '../dial/expectation.ts';
import type { Mutant } from '../dial/mutant.ts';
import { eventsOf, described, joinedDeltas } from '../dial/reading.ts';
import { chapter, must, should } from '../vocabulary/chapter.ts';
import * as lie from '../vocabulary/liars.ts';
import { streamed } from '../vocabulary/prompts.ts';
import { DONE, field, splitFrames } from '../wire/frames.ts';
import { chunkCases } from './streaming/chunks.ts';
import { failureCases } from './streaming/failures.ts';
import { leavingCases } from './streaming/leaving.ts';
import { paceCases } from './streaming/pace.ts';
import { wordCases } from './streaming/text.ts';

const PARSING = 'https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream';
const SDK = 'https://github.com/openai/openai-node/blob/master/helpers.md';

const isComment = (line: string): boolean => line.startsWith(':');

/** Another content type for streams. */
const renamed = (type: string): Mutant =>
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

/** Drops every chunk with text. */
const speechless = lie.chunks((chunk) => (lie.saysText(chunk) ? [] : chunk));

export default chapter('streaming', 'Streaming (SSE)', {
  section: '#streaming-sse',
  core: true,
  cases: [
    // Clients choose their parser by it: a stream that is called JSON fails as one body (issue 96503).
    must('streaming.content-type', {
      says: 'a stream is status 200 with text/event-stream',
      async holds(dial) {
        const exchange = await streamed(dial);
        expectEqual(exchange.status, 200, 'a stream with status');
        const type = exchange.headers.get('content-type');
        expectEqual(type?.split(';')[0]?.trim().toLowerCase(), 'text/event-stream', 'a content type of');
      },
      catches: {
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
      async holds(dial) {
        const exchange = await streamed(dial);
        const { frames, rest } = splitFrames(exchange.pieces);
        const events = frames.map(({ lines }) => lines.filter((line) => !isComment(line)));
        for (const lines of events.filter(({ length }) => length > 0)) {
          const only = field(lines[0]!);
          expect(lines.length === 1 && only.name === 'data', 'an event to be one line of data', lines);
          expect(only.value.trim() === DONE || isJson(only.value), 'data to be JSON or [DONE]', only.value);
        }
        expect(events.flat().length > 0, 'events', described(exchange));
        expect(
          rest.split(/\r\n?|\n/).every((line) => line === '' || isComment(line)),
          'a blank line at the end',
          rest,
        );
      },
      catches: {
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
      async holds(dial) {
        const exchange = await streamed(dial);
        expect(
          eventsOf(exchange).some(({ data }) => data === DONE),
          'the stream to end with [DONE]',
          described(exchange),
        );
        expect(exchange.end === 'complete', 'the reply to end after [DONE]', described(exchange));
      },
      catches: {
        'forgets the sentinel': lie.frames((data) => (data === DONE ? [] : [data])),
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
      async holds(dial) {
        const exchange = await streamed(dial);
        const { frames, rest } = splitFrames(exchange.pieces);
        const done = frames.findIndex(({ data }) => data?.trim() === DONE);
        expect(frames.length > 0, 'events', described(exchange));
        if (done === -1) return;
        const after = [...frames.slice(done + 1).flatMap(({ lines }) => lines), ...rest.split(/\r\n?|\n/)];
        const said = after.filter((line) => line !== '' && !isComment(line));
        expect(said.length === 0, 'nothing after [DONE]', said);
      },
      catches: {
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
        const text = joinedDeltas(understood);
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
    should('streaming.sdk-helper', {
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
    ...wordCases,
    ...paceCases,
    ...leavingCases,
    ...failureCases,
  ],
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The message with which the SDK gave up; empty when it did not. */
const refusalOf = (final: PromiseSettledResult<unknown>): string =>
  final.status === 'rejected' && final.reason instanceof Error ? final.reason.message : '';
