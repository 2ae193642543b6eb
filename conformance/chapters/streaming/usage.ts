/** Streaming: the tokens that a stream counts, when it is asked to and when it is not. */

import type { Liar, Mutant } from '../../dial/mutant.ts';
import { chunksIn } from '../../dial/reading.ts';
import { must } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import type { Json } from '../../vocabulary/liars.ts';
import { play, streamed } from '../../vocabulary/prompts.ts';
import { expectRealCounts } from '../../vocabulary/token-counts.ts';
import * as watch from '../../watching/streams.ts';
import { DONE } from '../../wire/frames.ts';

const ASKED = { stream_options: { include_usage: true } };
const COUNTED = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };

/** A body that asks for usage. */
export const ASKING = /"include_usage":true/;
/** Edits the chunks of streams that were not asked for usage. */
const unasked = (edit: (chunk: Json, index: number) => Json): Mutant =>
  lie.aboutRequest(/^(?!.*"include_usage":true)/s, lie.chunks(edit));
/** One chunk more, with usage, in front of the sentinel. */
const countsAtTheEnd: Liar = (request, faithful) => {
  let last: Json;
  return lie.frames((data) => {
    if (data === DONE) return [JSON.stringify({ ...last, choices: [], usage: COUNTED }), data];
    last = JSON.parse(data);
    return [data];
  })(request, faithful);
};
/** Whether a chunk has usage. */
export const counting = (chunk: Json): boolean => Boolean(chunk.usage);

/** `streaming.usage-*`. */
export const usageCases = [
  // Clients look for one chunk with `choices: []`; after [DONE] they no longer listen.
  must('streaming.usage-asked', {
    says: 'include_usage adds one chunk with usage and no choices, after the finish, before [DONE]',
    since: '2026.4.10',
    source: 'https://platform.openai.com/docs/api-reference/chat/create#chat-create-stream_options',
    watched: true,
    async holds(dial) {
      const plain = chunksIn(await streamed(dial, undefined, ASKED));
      const ofUser = chunksIn(await streamed(dial, undefined, { ...ASKED, user: `usage-${dial.nonce}` }));
      for (const said of [plain, ofUser]) watch.expectUsage(said);
    },
    catches: {
      'does not count for a user': lie.aboutRequest(
        /"user":/,
        lie.chunks((chunk) => (counting(chunk) ? [] : chunk)),
      ),
      'does not count': lie.asks((body) => ({ ...body, stream_options: undefined })),
      'counts twice': lie.chunks((chunk) => (counting(chunk) ? [chunk, chunk] : chunk)),
      'counts on each chunk': lie.aboutRequest(
        ASKING,
        lie.chunks((chunk) => ({ ...chunk, usage: chunk.usage ?? COUNTED })),
      ),
      'counts after [DONE]': lie.frames((data) =>
        data === DONE
          ? [DONE, JSON.stringify({ choices: [], usage: COUNTED })]
          : counting(JSON.parse(data))
            ? []
            : [data],
      ),
      'counts with a choice': lie.chunks((chunk) =>
        counting(chunk) ? { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: null }] } : chunk,
      ),
      'counts before the finish': lie.aboutRequest(
        ASKING,
        lie.chunks((chunk) =>
          counting(chunk) ? [] : lie.finishes(chunk) ? [{ ...chunk, choices: [], usage: COUNTED }, chunk] : chunk,
        ),
      ),
    },
  }),
  // Clients that did not ask read choices[0] of every chunk, and fail on `choices: []` (xiaozhi-esp32-server#734,
  // logfire#64, cline#8518).
  must('streaming.usage-unasked', {
    says: 'without include_usage no chunk has usage',
    source: 'https://platform.openai.com/docs/api-reference/chat/create#chat-create-stream_options',
    watched: true,
    async holds(dial) {
      for (const stream_options of [undefined, {}, { include_usage: false }])
        watch.expectNoUsage(chunksIn(await streamed(dial, undefined, { stream_options })));
    },
    catches: {
      'takes false for true': lie.aboutRequest(/"include_usage":false/, countsAtTheEnd),
      'takes options without it for true': lie.aboutRequest(/"stream_options":\{\}/, countsAtTheEnd),
      'counts long streams unasked': unasked((chunk, index) =>
        index > 1000 && lie.finishes(chunk) ? { ...chunk, usage: COUNTED } : chunk,
      ),
      'counts unasked': unasked((chunk) =>
        lie.finishes(chunk) ? [chunk, { ...chunk, choices: [], usage: COUNTED }] : chunk,
      ),
      'counts on the last chunk': unasked((chunk) => (lie.finishes(chunk) ? { ...chunk, usage: COUNTED } : chunk)),
      'counts each word': unasked((chunk) => (lie.saysText(chunk) ? { ...chunk, usage: COUNTED } : chunk)),
    },
  }),
  // Issue 71118: before, usage was zero, and clients that bill or trim by it could not.
  must('streaming.usage-real', {
    says: 'the usage of a stream is what the model provider counted',
    since: '2026.5.12',
    source: 'https://github.com/openclaw/openclaw/issues/71118',
    needs: ['scripted'],
    async holds(dial) {
      const said = chunksIn(await streamed(dial, `${play('usage')} ${dial.nonce}`, ASKED));
      expectRealCounts(said.find(({ chunk }) => counting(chunk))?.chunk.usage);
    },
    catches: {
      'always zero': lie.chunks((chunk) =>
        counting(chunk) ? { ...chunk, usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } } : chunk,
      ),
      'swaps the counts': lie.chunks((chunk) =>
        counting(chunk)
          ? {
              ...chunk,
              usage: {
                ...chunk.usage,
                prompt_tokens: chunk.usage.completion_tokens,
                completion_tokens: chunk.usage.prompt_tokens,
              },
            }
          : chunk,
      ),
    },
  }),
];
