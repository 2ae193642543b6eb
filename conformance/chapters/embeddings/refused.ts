/** `embeddings.*`: who is let in, where there are none, and the rows of `fixtures/bad-embeddings.json`. */

import table from '../../../fixtures/bad-embeddings.json' with { type: 'json' };
import { expect, expectEqual } from '../../dial/expectation.ts';
import { described } from '../../dial/reading.ts';
import { must } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import { expectInvalid, expectNotAllowed, expectSound } from '../../vocabulary/refusal.ts';
import { embed, embedding, instead, served } from './asking.ts';

interface Row {
  readonly id: string;
  readonly what: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly texts?: { readonly of: number; readonly characters: number };
}

/** The cases, in the order of the contract. */
export const refused = [
  must('embeddings.guarded', {
    says: 'embeddings take the secret, and POST alone: 401 without it, 405 with Allow: POST for GET',
    needs: ['credential'],
    async holds(dial) {
      const stranger = await embed(dial, { input: `alpha ${dial.nonce}` }, { credential: null });
      expectEqual(stranger.status, 401, 'without the secret a status of');
      dial.noRun(dial.nonce);
      const get = await dial.send(undefined, { method: 'GET', path: '/v1/embeddings' });
      expectNotAllowed(get, 'GET /v1/embeddings', ['POST']);
    },
    catches: {
      'serves strangers': instead(401, served),
      'answers GET': instead(405, served),
      'does not say what is allowed': instead(405, () => new Response('Method Not Allowed', { status: 405 })),
      'is not there': embedding(async () => new Response('Not Found', { status: 404 })),
    },
  }),
  must('embeddings.off-with-it', {
    says: 'with the endpoint off there are no embeddings: 404, which is no HTML page',
    needs: ['deploy:disabled'],
    async holds(dial) {
      const exchange = await embed(dial.at('disabled'), { input: `alpha ${dial.nonce}` });
      const html = /html/i.test(exchange.headers.get('content-type') ?? '') || /^\s*</.test(exchange.body);
      expect(exchange.status === 404 && !html, '404, no HTML page', described(exchange));
    },
    catches: {
      'serves them all the same': instead(404, served),
      'falls through to a web page': instead(
        404,
        () => new Response('<!doctype html>', { status: 404, headers: { 'content-type': 'text/html' } }),
      ),
      breaks: instead(404, () => new Response('Internal Server Error', { status: 500 })),
    },
  }),
  ...(table.rows as readonly Row[]).map(({ id, what, fields, texts }) =>
    must(`embeddings.refused.${id}`, {
      says: `embeddings for ${what} are refused with 400, and no model is asked`,
      async holds(dial) {
        const named = JSON.parse(JSON.stringify(fields).replaceAll('alpha', `alpha ${dial.nonce}`)) as object;
        const input = texts && { input: Array<string>(texts.of).fill(dial.nonce.padEnd(texts.characters, 'x')) };
        expectInvalid(await embed(dial, { ...named, ...input }));
        dial.noRun(dial.nonce);
        await expectSound(dial);
      },
      catches: {
        'answers it': instead(400, served),
        'breaks on it': instead(400, () =>
          lie.answer(500, { error: { message: 'internal error', type: 'api_error' } }),
        ),
        'takes it for another mistake': instead(400, () =>
          lie.answer(422, { error: { message: 'No', type: 'unprocessable' } }),
        ),
        'says it in words': instead(400, () => new Response('Bad Request', { status: 400 })),
      },
    }),
  ),
];
