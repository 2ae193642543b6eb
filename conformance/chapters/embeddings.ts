/** Vectors of texts, asked of an agent as of a model: one for each text, in order, by the agent's embedding model. */

import { expect, expectEqual } from '../dial/expectation.ts';
import { MODEL_HEADER, SCOPES_HEADER } from '../dial/headers.ts';
import type { Liar } from '../dial/mutant.ts';
import { described, jsonOf } from '../dial/reading.ts';
import { chapter, must, should } from '../vocabulary/chapter.ts';
import * as lie from '../vocabulary/liars.ts';
import { expectForbidden, expectInvalid } from '../vocabulary/refusal.ts';
import {
  answered,
  areNear,
  asked,
  crashing,
  embed,
  embedding,
  instead,
  served,
  vectorsIn,
} from './embeddings/asking.ts';
import { refused } from './embeddings/refused.ts';

const ROUTING = 'https://docs.openclaw.ai/gateway/openai-http-api#model-list-and-agent-routing';
const CONFIGURED = 'text-embedding-3-small';
const OTHER = 'text-embedding-3-large';

const unheard = (header: string): Liar =>
  embedding((request, faithful) => faithful(lie.withHeaders(request, (headers) => headers.delete(header))));

export default chapter('embeddings', 'Embeddings', {
  section: '#model-list-and-agent-routing',
  since: '2026.9.6',
  needs: ['embeddings'],
  cases: [
    ...refused,
    must('embeddings.string', {
      says: 'a text has one vector',
      needs: ['deploy:embeddings'],
      async holds(dial) {
        vectorsIn(await embed(dial.at('embeddings'), { input: `alpha ${dial.nonce}` }), 1);
      },
      catches: {
        'has no model': crashing,
        'gives none': answered((body) => ({ ...body, data: [] })),
        'gives a vector without numbers': answered((body) => ({ ...body, data: [{ ...body.data[0], embedding: [] }] })),
        'gives the vector alone': answered((body) => body.data[0]),
      },
    }),
    must('embeddings.array', {
      says: 'texts have as many vectors, in their order, each as if it were asked for alone',
      needs: ['deploy:embeddings'],
      async holds(dial) {
        const at = dial.at('embeddings');
        const texts = ['alpha', 'the quick brown fox', 'alpha'].map((text) => `${text} ${dial.nonce}`);
        const [first, second, third] = vectorsIn(await embed(at, { input: texts }), 3);
        const [alone] = vectorsIn(await embed(at, { input: texts[1] }), 1);
        expect(areNear(first, third), 'one vector for one text', 'two');
        expect(areNear(second, alone), 'the second vector to be that of the second text', 'another');
        expect(!areNear(first, second), 'two vectors for two texts', 'one');
      },
      catches: {
        'looks at the first alone': asked((body) => ({ ...body, input: [body.input].flat()[0] })),
        'turns them around': answered((body) => ({
          ...body,
          data: body.data.map((one: lie.Json, at: number) => ({
            ...one,
            embedding: body.data[(at + 1) % body.data.length].embedding,
          })),
        })),
        'counts from one': answered((body) => ({
          ...body,
          data: body.data.map((one: lie.Json, at: number) => ({ ...one, index: at + 1 })),
        })),
        'joins them': asked((body) => ({ ...body, input: [body.input].flat().join(' ') })),
        'gives one vector to all': answered((body) => ({
          ...body,
          data: body.data.map((one: lie.Json) => ({ ...one, embedding: body.data[0].embedding })),
        })),
      },
    }),
    must('embeddings.base64', {
      says: 'as base64 a vector is its numbers as 32-bit floats, little end first',
      needs: ['deploy:embeddings'],
      async holds(dial) {
        const at = dial.at('embeddings');
        const input = `alpha ${dial.nonce}`;
        const [plain = []] = vectorsIn(await embed(at, { input }), 1);
        const exchange = await embed(at, { input, encoding_format: 'base64' });
        const packed: unknown = jsonOf(exchange)?.data?.[0]?.embedding;
        expect(exchange.status === 200 && typeof packed === 'string', 'a vector as base64', described(exchange));
        const bytes = Buffer.from(packed, 'base64');
        expectEqual(bytes.length, 4 * plain.length, 'base64 with bytes');
        const read = plain.map((_, index) => bytes.readFloatLE(4 * index));
        expect(areNear(read, plain), 'the same vector', 'another');
      },
      catches: {
        'knows numbers alone': asked((body) => ({ ...body, encoding_format: 'float' })),
        'packs doubles': packing((vector) => Buffer.from(Float64Array.from(vector).buffer)),
        'packs the big end first': packing((vector) => Buffer.from(Float32Array.from(vector).buffer).swap32()),
        'packs the text of the numbers': packing((vector) => Buffer.from(JSON.stringify(vector))),
      },
    }),
    // The SDK asks for base64 unless it is told otherwise, and unpacks it.
    must('embeddings.sdk', {
      says: 'the SDK gets the same numbers, whether it asks for base64, as it does by default, or for floats',
      needs: ['deploy:embeddings'],
      async holds(dial) {
        const at = dial.at('embeddings');
        const call = { model: `openclaw/${dial.agents[0]}`, input: [`alpha ${dial.nonce}`, 'beta'] };
        const [packed, plain] = [
          await at.sdk.embeddings.create(call),
          await at.sdk.embeddings.create({ ...call, encoding_format: 'float' }),
        ].map(({ data }) => data.map((one) => one.embedding));
        expectEqual(packed?.length, 2, 'vectors');
        const same = packed?.every((vector, index) => areNear(vector, plain?.[index]));
        expect(same === true, 'the same numbers', 'others');
      },
      catches: {
        'packs the big end first': packing((vector) => Buffer.from(Float32Array.from(vector).buffer).swap32()),
        'forgets the last': answered((body) => ({ ...body, data: body.data.slice(0, 1) })),
        'packs doubles': packing((vector) => Buffer.from(Float64Array.from(vector).buffer)),
      },
    }),
    must('embeddings.most', {
      says: '128 texts are answered',
      needs: ['deploy:embeddings'],
      async holds(dial) {
        const input = Array.from({ length: 128 }, (_, at) => `text ${at} ${dial.nonce}`);
        vectorsIn(await embed(dial.at('embeddings'), { input }), 128);
      },
      catches: {
        'takes a hundred': embedding(async (request, faithful) =>
          [(await lie.bodyOf(request))?.input].flat().length > 100
            ? lie.answer(400, { error: { message: 'Too many', type: 'invalid_request_error' } })
            : faithful(request),
        ),
        'answers a hundred': answered((body) => ({ ...body, data: body.data.slice(0, 100) })),
        'breaks on many': embedding(async (request, faithful) =>
          [(await lie.bodyOf(request))?.input].flat().length > 100
            ? new Response('Internal Server Error', { status: 500 })
            : faithful(request),
        ),
      },
    }),
    must('embeddings.dimensions', {
      says: 'the length of vectors that a call asks for is asked of the model',
      needs: ['deploy:embeddings', 'probe'],
      async holds(dial) {
        const [vector] = vectorsIn(await embed(dial.at('embeddings'), { input: dial.nonce, dimensions: 6 }), 1);
        expectEqual(dial.probe.asked(dial.nonce)[0]?.parameters.dimensions, 6, 'the model asked for a length of');
        expectEqual(vector?.length, 6, 'a vector of the length');
      },
      catches: {
        'ignores it': asked((body) => ({ ...body, dimensions: undefined })),
        'asks for twice as many': asked((body) => ({ ...body, dimensions: body.dimensions && 2 * body.dimensions })),
        'cuts them itself': answered((body, { dimensions = Infinity }) => ({
          ...body,
          data: body.data.map((one: lie.Json) => ({ ...one, embedding: one.embedding.slice(0, dimensions - 1) })),
        })),
      },
    }),
    should('embeddings.dimensions-absent', {
      says: 'without a length in the call the model is asked for none, or for the configured one',
      needs: ['deploy:embeddings', 'probe'],
      async holds(dial) {
        vectorsIn(await embed(dial.at('embeddings'), { input: dial.nonce }), 1);
        const [run] = dial.probe.asked(dial.nonce);
        expect(run !== undefined, 'the model to be asked', 'no run');
        expectEqual(run.parameters.dimensions, undefined, 'the model asked for a length of');
      },
      catches: {
        'asks for a length of its own': asked((body) => ({ dimensions: 64, ...body })),
        'asks no model': embedding(async () => served()),
        'has no model': crashing,
      },
    }),
    must('embeddings.default-model', {
      says: "a call is answered by the agent's own embedding model",
      source: ROUTING,
      needs: ['deploy:embeddings', 'probe'],
      async holds(dial) {
        vectorsIn(await embed(dial.at('embeddings'), { input: dial.nonce }), 1);
        expectEqual(dial.probe.asked(dial.nonce)[0]?.model, CONFIGURED, 'the model asked');
      },
      catches: {
        'asks another': embedding((request, faithful) =>
          faithful(lie.withHeaders(request, (headers) => headers.set(MODEL_HEADER, OTHER))),
        ),
        'asks none': embedding(async () => served()),
        'asks with another text': asked((body) => ({ ...body, input: 'alpha' })),
      },
    }),
    ...[
      ['bare', OTHER],
      ['full', `openai/${OTHER}`],
    ].map(([id, name]) =>
      must(`embeddings.override.${id}`, {
        says: `x-openclaw-model: ${name} chooses the embedding model`,
        source: ROUTING,
        needs: ['deploy:embeddings', 'probe'],
        async holds(dial) {
          const headers = { [MODEL_HEADER]: name! };
          vectorsIn(await embed(dial.at('embeddings'), { input: dial.nonce }, { headers }), 1);
          expectEqual(dial.probe.asked(dial.nonce)[0]?.model, OTHER, 'the model asked');
        },
        catches: {
          'ignores it': unheard(MODEL_HEADER),
          'refuses it': embedding(
            lie.aboutHeader(MODEL_HEADER, async () =>
              lie.answer(400, { error: { message: 'No', type: 'invalid_request_error' } }),
            ),
          ),
          'breaks on it': embedding(lie.aboutHeader(MODEL_HEADER, async () => new Response('', { status: 500 }))),
        },
      }),
    ),
    ...[
      ['foreign', 'other-provider/model'],
      ['half', 'openai/'],
    ].map(([id, name]) =>
      must(`embeddings.override-refused.${id}`, {
        says: `x-openclaw-model: ${name} is refused with 400, and no model is asked`,
        source: ROUTING,
        needs: ['deploy:embeddings'],
        async holds(dial) {
          const at = dial.at('embeddings');
          expectInvalid(await embed(at, { input: dial.nonce }, { headers: { [MODEL_HEADER]: name! } }));
          at.noRun(dial.nonce);
        },
        catches: {
          'ignores it': unheard(MODEL_HEADER),
          'breaks on it': embedding(lie.aboutHeader(MODEL_HEADER, async () => new Response('', { status: 500 }))),
          'does not find it': instead(400, () => new Response('Not Found', { status: 404 })),
        },
      }),
    ),
    must('embeddings.model-echoed', {
      says: 'an answer names the model as the call did',
      needs: ['deploy:embeddings'],
      async holds(dial) {
        const exchange = await embed(dial.at('embeddings'), { input: dial.nonce });
        vectorsIn(exchange, 1);
        expectEqual(jsonOf(exchange)?.model, `openclaw/${dial.agents[0]}`, 'the model');
      },
      catches: {
        'names the embedding model': answered((body) => ({ ...body, model: CONFIGURED })),
        'names none': answered((body) => ({ ...body, model: undefined })),
        'names the product': answered((body) => ({ ...body, model: 'openclaw' })),
      },
    }),
    must('embeddings.scopes', {
      says: 'without a secret a client that may only read gets no embeddings: 403, and no model is asked',
      needs: ['deploy:none'],
      async holds(dial) {
        const open = dial.at('none');
        const headers = { [SCOPES_HEADER]: 'operator.read' };
        expectForbidden(await embed(open, { input: dial.nonce }, { headers }), 'operator.write');
        open.noRun(dial.nonce);
      },
      catches: {
        'takes every client for the owner': unheard(SCOPES_HEADER),
        'answers it': instead(403, served),
        'does not say what is missing': instead(403, () =>
          lie.answer(403, { ok: false, error: { type: 'forbidden', message: 'no' } }),
        ),
      },
    }),
  ],
});

/** Packs vectors in another way than was asked. */
function packing(pack: (vector: readonly number[]) => Buffer): Liar {
  return answered((body, { encoding_format: format }) =>
    format === 'base64'
      ? {
          ...body,
          data: body.data.map((one: lie.Json) => {
            const bytes = Buffer.from(one.embedding, 'base64');
            const vector = Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(4 * at));
            return { ...one, embedding: pack(vector).toString('base64') };
          }),
        }
      : body,
  );
}
