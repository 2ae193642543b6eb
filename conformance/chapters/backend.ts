/** The model that an agent thinks with, which a call may choose by a header. */

import type { Dial } from '../dial/dial.ts';
import { expect, expectEqual } from '../dial/expectation.ts';
import { MODEL_HEADER } from '../dial/headers.ts';
import type { Liar } from '../dial/mutant.ts';
import { chunksIn, described, jsonOf } from '../dial/reading.ts';
import { chapter, kept, must, should } from '../vocabulary/chapter.ts';
import * as lie from '../vocabulary/liars.ts';
import { WHICH_WORD, knows, remember } from '../vocabulary/prompts.ts';
import { expectInvalid } from '../vocabulary/refusal.ts';
import { EITHER_MODE, EITHER_MODE_OR_USER } from '../vocabulary/situations.ts';
import type { Exchange } from '../wire/exchange.ts';

const OTHER = 'model-beta';

async function thinking(
  dial: Dial,
  model: string | undefined,
  fields: object = {},
): Promise<{ model: string; exchange: Exchange }> {
  const exchange = await dial.send(
    dial.body(`Say hello. ${dial.nonce}`, { ...fields }),
    model === undefined ? {} : { headers: { [MODEL_HEADER]: model } },
  );
  const run = dial.probe.asked(dial.nonce).at(-1);
  expect(exchange.status === 200 && run !== undefined, 'an answer, and a run of the model', described(exchange));
  return { model: run.model ?? '', exchange };
}

const ignores: Liar = (request, faithful) =>
  faithful(lie.withHeaders(request, (headers) => headers.delete(MODEL_HEADER)));
const always: Liar = (request, faithful) =>
  faithful(lie.withHeaders(request, (headers) => headers.set(MODEL_HEADER, OTHER)));
const refuses: Liar = async (request, faithful) =>
  request.headers.has(MODEL_HEADER)
    ? lie.answer(400, { error: { message: 'No', type: 'invalid_request_error' } })
    : faithful(request);
const breaks: Liar = async (request, faithful) =>
  request.headers.has(MODEL_HEADER) ? new Response('Internal Server Error', { status: 500 }) : faithful(request);
/** Lies about calls that choose a model. */
const choosing =
  (liar: Liar): Liar =>
  (request, faithful) =>
    request.headers.has(MODEL_HEADER) ? liar(request, faithful) : faithful(request);
/** Keeps the choice of a call for all that follow. */
const sticky = (): Liar => {
  let chosen: string | null = null;
  return (request, faithful) => {
    chosen = request.headers.get(MODEL_HEADER) ?? chosen;
    return chosen === null
      ? faithful(request)
      : faithful(lie.withHeaders(request, (headers) => headers.set(MODEL_HEADER, chosen!)));
  };
};

export default chapter('backend', 'Agent-first model contract', {
  section: '#agent-first-model-contract',
  since: '2026.3.24',
  cases: [
    must('backend.bare', {
      says: 'x-openclaw-model is the model that the agent thinks with; the answer names what the call named',
      needs: ['probe'],
      situations: EITHER_MODE_OR_USER,
      async holds(dial) {
        const { model, exchange } = await thinking(dial, OTHER);
        expectEqual(model.split('/').at(-1), OTHER, 'the model that is asked,');
        const named: unknown = (jsonOf(exchange) ?? chunksIn(exchange)[0]!.chunk).model;
        expectEqual(named, dial.model(), 'an answer with model');
      },
      catches: {
        'does not look at it': ignores,
        'does not look at it when it streams': lie.aboutStreams(ignores),
        'refuses it': refuses,
        'names it in the answer': lie.completion((body) => ({ ...body, model: OTHER })),
      },
    }),
    must('backend.absent', {
      says: 'without x-openclaw-model, or with a blank one, the agent thinks with its own model',
      needs: ['probe'],
      situations: EITHER_MODE_OR_USER,
      async holds(dial) {
        for (const header of [undefined, ' ']) {
          const { model } = await thinking(dial, header);
          expect(model.split('/').at(-1) !== OTHER, 'the model of the agent itself', model);
        }
      },
      catches: {
        'chooses for itself': always,
        'chooses for itself when it streams': lie.aboutStreams(always),
        'refuses a blank one': refuses,
      },
    }),
    kept('backend.once', {
      says: 'the choice is that of the call: the next call of its session thinks with the agent’s own model',
      needs: ['probe', 'sessions'],
      situations: EITHER_MODE_OR_USER,
      async holds(dial) {
        const user = { user: `ann-${dial.nonce}` };
        await thinking(dial, OTHER, user);
        const { model } = await thinking(dial, undefined, user);
        expect(model.split('/').at(-1) !== OTHER, 'the model of the agent itself', model);
      },
      catches: {
        'keeps it for all that follow': sticky(),
        'chooses for itself': always,
        'refuses it': refuses,
      },
    }),
    // A user who tries another model goes on with the conversation.
    kept('backend.same-session', {
      says: 'a call with x-openclaw-model is of the same session as one without',
      needs: ['probe', 'sessions'],
      situations: EITHER_MODE,
      async holds(dial) {
        const word = `KW-${dial.nonce}`;
        const body = { user: `ann-${dial.nonce}` };
        await dial.ask(remember(word), { body });
        const { text } = await dial.ask(WHICH_WORD, { body, headers: { [MODEL_HEADER]: OTHER } });
        expect(knows(text, word), `the code word ${word} that the session was told`, text);
      },
      catches: {
        'has a session for each model': choosing(lie.asks((body) => ({ ...body, user: `${body?.user}-${OTHER}` }))),
        'has no session for a model': choosing(lie.asks((body) => ({ ...body, user: undefined }))),
        'refuses it': refuses,
      },
    }),
    ...[
      { id: 'no-model', header: 'stub/', what: 'a provider without a model' },
      { id: 'no-provider', header: '/model-beta', what: 'a model behind a slash alone' },
    ].map(({ id, header, what }) =>
      should(`backend.bad.${id}`, {
        says: `x-openclaw-model with ${what} is refused: 400, no run`,
        since: '2026.5.28',
        situations: EITHER_MODE_OR_USER,
        async holds(dial) {
          const exchange = await dial.send(dial.body(`Say hello. ${dial.nonce}`), {
            headers: { [MODEL_HEADER]: header },
          });
          expectInvalid(exchange);
          dial.noRun(dial.nonce);
        },
        catches: {
          'does not look at it': ignores,
          'does not look at it when it streams': lie.aboutStreams(ignores),
          'breaks on it': breaks,
        },
      }),
    ),
  ],
});
