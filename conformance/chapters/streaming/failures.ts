/** Streaming: a run that fails. */

import OpenAI from 'openai';
import afterText from '../../../fixtures/replies/fail-400-after-text.json' with { type: 'json' };
import type { Streamed } from '../../dial/dial.ts';
import { Violation, Words, expect, expectEqual } from '../../dial/expectation.ts';
import type { Mutant } from '../../dial/mutant.ts';
import { chunkText, eventsOf, finishIn, described } from '../../dial/reading.ts';
import { kept } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import type { Json } from '../../vocabulary/liars.ts';
import { streamed, play } from '../../vocabulary/prompts.ts';
import { expectSound } from '../../vocabulary/refusal.ts';
import { wordsOf } from '../../vocabulary/replies.ts';
import { expectStreamedError } from '../../watching/streams.ts';
import { DONE } from '../../wire/frames.ts';

const FAILED = 'https://github.com/openclaw/openclaw/issues/124038';

/**
 * Expects the SDK to throw the gateway's error, and no finish reason before it. A broken connection is no such error.
 */
function expectFailure({ failure, understood, exchange }: Streamed): void {
  const told = failure instanceof OpenAI.APIError && !(failure instanceof OpenAI.APIConnectionError);
  const what = failure instanceof Error ? failure.message : 'it ended well';
  expect(told, 'the SDK to throw the error of the run', new Words(`${what}; ${String(described(exchange))}`));
  const finished = understood.some((chunk) => finishIn({ chunk }) !== undefined);
  expect(!finished, 'no finish reason before the error', described(exchange));
}

/** A chunk with text, as a gateway that tells errors as text makes one up. */
const spoken = (content: string): Json => ({
  id: 'chatcmpl_1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'openclaw',
  choices: [{ index: 0, delta: { content }, finish_reason: null }],
});
const finished: Json = { ...spoken(''), choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };

/** Other events in place of the error; none drops it. */
const insteadOfError = (...said: Json[]): Mutant => lie.chunks((chunk) => (chunk.error ? said : chunk));

const [justEnds, endsWell] = [insteadOfError(), insteadOfError(finished)];

const bareDone = lie.frames((data) => (data === DONE ? [data] : []));

/** `streaming.*` about failed runs; before 2026.5.18 releases told them as text, or not at all. */
export const failureCases = [
  // Issue 124038: no client can tell a failure that looks like an answer from one.
  kept('streaming.failure', {
    keptSince: '2026.5.28',
    says: 'a failed run never looks like success: the SDK throws its error',
    source: FAILED,
    mustSince: '2026.5.18',
    needs: ['scripted'],
    async holds(dial) {
      await expectSound(dial);
      expectFailure(await dial.stream(`${play('fail-400')} ${dial.nonce}`));
    },
    catches: {
      'tells the error as text': insteadOfError(spoken('Error: internal error'), finished),
      'ends as if all were well': endsWell,
      'just ends': justEnds,
      'finishes before the error': lie.chunks((chunk) => (chunk.error ? [finished, chunk] : chunk)),
    },
  }),
  // The SDK reads the error from `{error: {message, type}}` alone; an error that is a string it does not show.
  kept('streaming.failure-done', {
    says: 'the stream of a failed run is an error object, then [DONE]',
    since: '2026.5.18',
    source: FAILED,
    needs: ['scripted'],
    watched: true,
    async holds(dial) {
      await expectSound(dial);
      const exchange = await streamed(dial, `${play('fail-400')} ${dial.nonce}`);
      // A failure that is known before the headers may be a plain answer.
      if (exchange.status >= 400) return;
      expectStreamedError(eventsOf(exchange));
    },
    catches: {
      'forgets the sentinel': lie.aboutRequest(
        /play:fail/,
        lie.frames((data) => (data === DONE ? [] : [data])),
      ),
      'tells it twice': lie.chunks((chunk) => (chunk.error ? [chunk, chunk] : chunk)),
      'an error in one word': lie.chunks((chunk) => (chunk.error ? { error: 'failed' } : chunk)),
      'just ends': justEnds,
    },
  }),
  kept('streaming.failure-after-text', {
    says: 'a run that fails after some words delivers them, then its error',
    since: '2026.8.1',
    source: FAILED,
    needs: ['scripted'],
    async holds(dial) {
      const failed = await dial.stream(`${play('fail-400-after-text')} ${dial.nonce}`);
      expectFailure(failed);
      const understood = failed.understood.map((chunk) => chunkText({ chunk })).join('');
      expectEqual(understood, wordsOf(afterText), 'the words so far');
    },
    catches: {
      'ends as if all were well': endsWell,
      'just ends': justEnds,
      'swallows the words': lie.aboutRequest(
        /play:fail/,
        lie.chunks((chunk) => (lie.saysText(chunk) ? [] : chunk)),
      ),
    },
  }),
  // Issue 59913: a client that hears [DONE] alone shows an empty answer, and no reason.
  kept('streaming.never-bare-done', {
    keptSince: '2026.4.15',
    says: 'a stream never consists of [DONE] alone, whether a run failed or had nothing to say',
    source: 'https://github.com/openclaw/openclaw/issues/59913',
    needs: ['scripted'],
    async holds(dial) {
      await expectSound(dial);
      for (const reply of ['fail-400', 'empty']) {
        const exchange = await streamed(dial, `${play(reply)} ${dial.nonce}`);
        if (exchange.status >= 400) continue;
        const told = eventsOf(exchange).some(({ data }) => data !== DONE);
        if (!told) throw new Violation(`more than [DONE] for the reply ${reply}`, described(exchange));
      }
    },
    catches: {
      'says nothing of a failure': lie.aboutRequest(/play:fail/, bareDone),
      'says nothing when there is nothing to say': lie.aboutRequest(/play:empty/, bareDone),
    },
  }),
];
