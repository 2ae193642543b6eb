/** Streaming: the chunks, one by one and in their order. */

import { expect, expectEqual } from '../../dial/expectation.ts';
import type { Liar, Mutant } from '../../dial/mutant.ts';
import { chunksIn, finishIn } from '../../dial/reading.ts';
import { kept, must } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import type { Json } from '../../vocabulary/liars.ts';
import { streamed, play } from '../../vocabulary/prompts.ts';
import { expectNow } from '../../watching/answers.ts';
import * as watch from '../../watching/streams.ts';
import { DONE } from '../../wire/frames.ts';
import { ASKING, counting } from './usage.ts';

const CHUNK = 'https://platform.openai.com/docs/api-reference/chat-streaming/streaming';
const issue = (number: number): string => `https://github.com/openclaw/openclaw/issues/${number}`;

/** Edits the choice of every chunk that has one. */
const choices = (edit: (choice: Json, index: number) => Json): Mutant =>
  lie.chunks((chunk, index) => ({ ...chunk, choices: chunk.choices?.map((choice: Json) => edit(choice, index)) }));
/** Edits the delta of every chunk that has a choice. */
const deltas = (edit: (delta: Json, index: number) => Json): Mutant =>
  choices((choice, index) => ({ ...choice, delta: edit(choice.delta, index) }));
/** The finish chunk of the same stream. */
const ended = (chunk: Json): Json => ({ ...chunk, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
const bareUsage = lie.chunks((chunk) => (counting(chunk) ? { choices: [], usage: chunk.usage } : chunk));
const emptyReason = lie.chunks((chunk) => ({
  ...chunk,
  choices: chunk.choices?.map((choice: Json) => ({ ...choice, finish_reason: choice.finish_reason ?? '' })),
}));

/** Gives the role to the first stream of each user alone. */
function roleOnce(): Liar {
  const known = new Set<unknown>();
  const roleless = deltas((delta) => ({ ...delta, role: undefined })) as Liar;
  return async (request, faithful) => {
    const { user } = (await lie.bodyOf(request)) ?? {};
    if (user === undefined || !known.has(user)) {
      known.add(user);
      return faithful(request);
    }
    return roleless(request, faithful);
  };
}

/** `streaming.*` about single chunks and their order; CHUNK is OpenAI's reference of the chunk object. */
export const chunkCases = [
  // Strict clients parse each event as this union or fail: extra objects broke kilocode (12541), a missing `choices`
  // the AI SDK (vercel/ai#7417).
  must('streaming.schema', {
    says: "every chunk has the shape of the SDK's ChatCompletionChunk, choices included",
    source: CHUNK,
    watched: true,
    async holds(dial) {
      watch.expectChunkShape(chunksIn(await streamed(dial)));
    },
    catches: {
      'a usage chunk of usage alone': bareUsage,
      'leaves empty choices out': lie.chunks((chunk, index) =>
        index === 0 ? [chunk, { ...chunk, choices: undefined }] : chunk,
      ),
      'no delta': choices(({ delta, ...choice }) => (delta?.role ? choice : { ...choice, delta })),
      'a ping among the chunks': lie.frames((data, index) => (index === 1 ? ['{"type":"ping"}', data] : [data])),
      'no index': choices((choice) => ({ ...choice, index: undefined })),
      'a number for text': deltas((delta, index) => (index === 0 ? { ...delta, content: 0 } : delta)),
    },
  }),
  must('streaming.one-id', {
    says: 'all chunks of a stream have the same id',
    source: CHUNK,
    watched: true,
    async holds(dial) {
      watch.expectOneId(chunksIn(await streamed(dial)));
    },
    catches: {
      'another id for the usage chunk': lie.chunks((chunk) =>
        counting(chunk) ? { ...chunk, id: `${chunk.id}-usage` } : chunk,
      ),
      'a usage chunk of usage alone': bareUsage,
      'an id per chunk': lie.chunks((chunk, index) => ({ ...chunk, id: `${chunk.id}-${index}` })),
      'an id in the first chunk only': lie.chunks((chunk, index) => (index === 0 ? chunk : { ...chunk, id: '' })),
      'no id': lie.chunks((chunk) => ({ ...chunk, id: undefined })),
    },
  }),
  must('streaming.one-model', {
    says: 'all chunks of a stream have the same model',
    source: CHUNK,
    watched: true,
    async holds(dial) {
      watch.expectOneModel(chunksIn(await streamed(dial)));
    },
    catches: {
      'a usage chunk of usage alone': bareUsage,
      'another model at the end': lie.chunks((chunk) =>
        lie.finishes(chunk) ? { ...chunk, model: 'model-main' } : chunk,
      ),
      'no model after the first chunk': lie.chunks((chunk, index) => {
        const { model, ...rest } = chunk;
        return index === 0 ? { ...rest, model } : rest;
      }),
    },
  }),
  must('streaming.object', {
    says: 'every chunk says that it is a chat.completion.chunk',
    source: CHUNK,
    watched: true,
    async holds(dial) {
      watch.expectChunks(chunksIn(await streamed(dial)));
    },
    catches: {
      'a usage chunk of usage alone': bareUsage,
      'calls them completions': lie.chunks((chunk) => ({ ...chunk, object: 'chat.completion' })),
      'does not say': lie.chunks((chunk) => ({ ...chunk, object: undefined })),
      'calls the last one a completion': lie.chunks((chunk) =>
        lie.finishes(chunk) ? { ...chunk, object: 'chat.completion' } : chunk,
      ),
    },
  }),
  // Releases before 2026.8.1 stamped each chunk anew.
  kept('streaming.one-created', {
    keptSince: '2026.8.2',
    says: 'all chunks of a stream have the same created, in whole seconds',
    source: CHUNK,
    mustSince: '2026.8.1',
    watched: true,
    async holds(dial) {
      // The script `drawl` speaks more than a second apart; a target without scripts takes it for plain text.
      const said = chunksIn(await streamed(dial, `Say hello. ${play('drawl')} ${dial.nonce}`));
      watch.expectOneCreated(said);
    },
    catches: {
      'counts its usage a second later': lie.chunks((chunk) =>
        counting(chunk) ? { ...chunk, created: chunk.created + 1 } : chunk,
      ),
      'reads the clock for each chunk': lie.chunks((chunk, index) => ({ ...chunk, created: chunk.created + index })),
      'fractions of a second': lie.chunks((chunk) => ({ ...chunk, created: chunk.created + 0.25 })),
      'a created in the first chunk only': lie.chunks((chunk, index) => {
        const { created, ...rest } = chunk;
        return index === 0 ? { ...rest, created } : rest;
      }),
    },
  }),
  // A client sorts its history by it; milliseconds, or the start of the process, put an answer elsewhere.
  must('streaming.created', {
    says: 'created of a stream is now, in whole seconds since 1970',
    source: CHUNK,
    watched: true,
    async holds(dial) {
      const exchange = await streamed(dial);
      expectNow(chunksIn(exchange)[0]!.chunk.created, exchange);
    },
    catches: {
      milliseconds: lie.chunks((chunk) => ({ ...chunk, created: chunk.created * 1000 })),
      'long ago': lie.chunks((chunk) => ({ ...chunk, created: 0 })),
      'five minutes ago when usage was asked': lie.aboutRequest(
        ASKING,
        lie.chunks((chunk) => ({ ...chunk, created: chunk.created - 300 })),
      ),
    },
  }),
  // A client that adds deltas up key by key has no role when none comes, and `assistantassistant` when it comes twice.
  must('streaming.role-first', {
    says: 'the first delta, and no other, carries the role assistant',
    source: CHUNK,
    watched: true,
    async holds(dial) {
      watch.expectRoleFirst(chunksIn(await streamed(dial)));
      // The second call of a session is another one than the first.
      const user = { user: `role-${dial.nonce}` };
      for (let call = 1; call <= 2; call++) {
        watch.expectRoleFirst(chunksIn(await streamed(dial, undefined, user)));
      }
    },
    catches: {
      'no role from the second call of a session on': roleOnce(),
      'no role': deltas((delta) => ({ ...delta, role: undefined })),
      'the role in each delta': deltas((delta) => ({ role: 'assistant', ...delta })),
      'an empty role in later deltas': deltas((delta, index) => (index === 0 ? delta : { ...delta, role: '' })),
      'the role last': deltas((delta) => ({ ...delta, role: delta.content ? undefined : 'assistant' })),
    },
  }),
  // Issue 23013: without a finish OpenCode asked again for ever, and finalChatCompletion() of the SDK throws.
  kept('streaming.finish', {
    keptSince: '2026.4.15',
    says: 'one chunk says stop, with an empty delta, after all text and before [DONE]',
    source: issue(23013),
    mustSince: '2026.4.10',
    watched: true,
    async holds(dial) {
      const said = chunksIn(await streamed(dial));
      watch.expectFinish(said);
      const finish = said.find((one) => finishIn(one));
      expectEqual(finishIn(finish!), 'stop', 'the finish reason');
      const [choice] = finish!.chunk.choices;
      expect(!choice.delta?.content, 'the finish reason with an empty delta', choice);
    },
    catches: {
      'never finishes when usage was asked': lie.aboutRequest(ASKING, lie.neverFinishes),
      'goes on with null behind the finish': lie.chunks((chunk) =>
        lie.finishes(chunk) ? [chunk, { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: null }] }] : chunk,
      ),
      'never finishes': lie.neverFinishes,
      'finishes twice': lie.chunks((chunk) => (lie.finishes(chunk) ? [chunk, chunk] : chunk)),
      'finishes on the words': lie.aboutRequest(
        /Say hello/,
        lie.chunks((chunk) =>
          lie.finishes(chunk) ? { ...chunk, choices: [{ ...chunk.choices[0], delta: { content: '.' } }] } : chunk,
        ),
      ),
      'finishes before the words': lie.chunks((chunk, index) =>
        index === 0 ? [chunk, ended(chunk)] : lie.finishes(chunk) ? [] : chunk,
      ),
      'finishes after [DONE]': lie.frames((data) =>
        data === DONE ? [DONE, JSON.stringify(ended({ id: 'late' }))] : lie.finishes(JSON.parse(data)) ? [] : [data],
      ),
      'always says length': lie.chunks((chunk) =>
        lie.finishes(chunk) ? { ...chunk, choices: [{ ...chunk.choices[0], finish_reason: 'length' }] } : chunk,
      ),
    },
  }),
  // Issue 115718. Clients latch the first reason that is not null: with '' they keep a wrong one (workbuddy-gateway#3).
  kept('streaming.finish-null', {
    says: 'chunks with text have finish_reason null, not missing and not empty',
    source: issue(115718),
    watched: true,
    async holds(dial) {
      watch.expectNullBefore(chunksIn(await streamed(dial)));
    },
    catches: {
      'an empty text when usage was asked': lie.aboutRequest(ASKING, emptyReason),
      'leaves it out': choices(({ finish_reason, ...choice }) =>
        finish_reason ? { ...choice, finish_reason } : choice,
      ),
      'an empty text': emptyReason,
    },
  }),
  // Issue 141264: with stop a cut answer passes for a whole one, and no client knows that it has to be continued.
  must('streaming.length', {
    says: 'a stream that the token limit cut finishes with length',
    since: '2026.9.4',
    source: issue(141264),
    needs: ['scripted'],
    async holds(dial) {
      const said = chunksIn(await streamed(dial, `${play('length')} ${dial.nonce}`));
      expectEqual(said.map(finishIn).find(Boolean), 'length', 'the finish reason');
    },
    catches: {
      'always stop': choices((choice) => ({ ...choice, finish_reason: choice.finish_reason && 'stop' })),
    },
  }),
];
