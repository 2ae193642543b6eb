/** How a gateway is, asked by a machine: whether it lives, is ready, and has started. */

import { isDeepStrictEqual } from 'node:util';
import table from '../../fixtures/probes.json' with { type: 'json' };
import type { Dial, Send } from '../dial/dial.ts';
import { expect, expectEqual } from '../dial/expectation.ts';
import type { Liar } from '../dial/mutant.ts';
import { described, jsonOf } from '../dial/reading.ts';
import { chapter, must, should } from '../vocabulary/chapter.ts';
import * as lie from '../vocabulary/liars.ts';
import { expectNotAllowed } from '../vocabulary/refusal.ts';
import type { Exchange } from '../wire/exchange.ts';

const SOURCE = 'https://docs.openclaw.ai/gateway/health#http-probes';
/** A machine asks without a credential. */
const ask = (dial: Dial, path: string, send: Send = {}): Promise<Exchange> =>
  dial.send(undefined, { method: 'GET', path, credential: null, ...send });

const isProbe = (request: Request): boolean => table.rows.some(({ path }) => new URL(request.url).pathname === path);
/** Lies about probes alone. */
const probes =
  (liar: Liar): Liar =>
  (request, faithful) =>
    isProbe(request) ? liar(request, faithful) : faithful(request);
const always = (answer: () => Response): Liar => probes(async () => answer());

export default chapter('health', 'Health', {
  section: '',
  since: '2026.3.13',
  cases: [
    // A balancer that is told another thing takes the gateway out, or leaves a dead one in.
    ...(
      table.rows as readonly { id: string; path: string; says: Readonly<Record<string, unknown>>; since?: string }[]
    ).map(({ id, path, says, since }) =>
      must(`health.probe.${id}`, {
        says: `GET ${path} is 200 with ${JSON.stringify(says)}, without a credential and not to be kept`,
        source: SOURCE,
        ...(since && { since }),
        async holds(dial) {
          const exchange = await ask(dial, path);
          expectEqual(exchange.status, 200, 'an answer with status');
          const body = jsonOf(exchange) ?? {};
          const got = Object.fromEntries(Object.keys(says).map((key) => [key, body[key] as unknown]));
          expect(isDeepStrictEqual(got, says), JSON.stringify(says), described(exchange));
          expect(
            /no-store/i.test(exchange.headers.get('cache-control') ?? ''),
            'Cache-Control: no-store',
            exchange.headers.get('cache-control'),
          );
        },
        catches: {
          'asks for the secret': always(() => new Response('Unauthorized', { status: 401 })),
          'has no such page': always(() => new Response('Not Found', { status: 404 })),
          'says it in words': always(() => new Response('ok', { headers: { 'cache-control': 'no-store' } })),
          'is never ready': always(() => lie.answer(503, { ready: false, ok: false }, { 'cache-control': 'no-store' })),
          'lets it be kept': probes(lie.headers((headers) => headers.set('cache-control', 'max-age=60'))),
          'shows a page': always(
            () => new Response('<!doctype html><title>Control</title>', { headers: { 'content-type': 'text/html' } }),
          ),
        },
      }),
    ),
    must('health.methods', {
      says: 'probes answer HEAD without a body, and other methods with 405 and Allow: GET, HEAD',
      source: SOURCE,
      async holds(dial) {
        for (const path of ['/healthz', '/readyz']) {
          const head = await ask(dial, path, { method: 'HEAD' });
          expect(head.status === 200 && head.body === '', `200 without a body for HEAD ${path}`, described(head));
          const post = await ask(dial, path, { method: 'POST' });
          expectNotAllowed(post, `POST ${path}`, ['GET', 'HEAD']);
        }
      },
      catches: {
        'knows GET alone': probes(async (request, faithful) =>
          request.method === 'HEAD' ? new Response(null, { status: 405 }) : faithful(request),
        ),
        'takes POST for GET': probes(async (request, faithful) =>
          request.method === 'POST' ? lie.answer(200, { ok: true }) : faithful(request),
        ),
        'does not say what is allowed': probes(
          lie.insteadOf(405, () => new Response('Method Not Allowed', { status: 405 })),
        ),
      },
    }),
    // Balancers add X-Forwarded-For: 2026.9.6 then says 403 for ready, and 200 for alive.
    should('health.behind-proxy', {
      says: 'a probe that a proxy passed on is answered as any other',
      source: SOURCE,
      async holds(dial) {
        for (const path of ['/healthz', '/readyz']) {
          const exchange = await ask(dial, path, { headers: { 'x-forwarded-for': '203.0.113.9' } });
          expect(exchange.status === 200, `200 for ${path}`, described(exchange));
        }
      },
      catches: {
        'wants to know the proxy': probes(async (request, faithful) =>
          request.headers.has('x-forwarded-for')
            ? lie.answer(403, { error: { message: 'No', type: 'proxy_attribution_required' } })
            : faithful(request),
        ),
        'wants to know it for ready alone': probes(async (request, faithful) =>
          request.headers.has('x-forwarded-for') && request.url.endsWith('/readyz')
            ? lie.answer(403, { error: { message: 'No', type: 'proxy_attribution_required' } })
            : faithful(request),
        ),
        'asks strangers for the secret': probes(async (request, faithful) =>
          request.headers.has('x-forwarded-for') ? new Response('Unauthorized', { status: 401 }) : faithful(request),
        ),
      },
    }),
    must('health.exact', {
      says: 'a probe is its exact path, and a query changes nothing',
      source: SOURCE,
      async holds(dial) {
        const slash = await ask(dial, '/healthz/');
        expect(slash.status >= 400, 'no answer of a probe behind a slash', described(slash));
        const query = await ask(dial, '/healthz?verbose=1');
        expectEqual(query.status, 200, 'behind a query, an answer with status');
      },
      catches: {
        'forgives a slash': async (request, faithful) =>
          new URL(request.url).pathname === '/healthz/'
            ? lie.answer(200, { ok: true, status: 'live' })
            : faithful(request),
        'knows no query': async (request, faithful) =>
          new URL(request.url).search ? new Response('Not Found', { status: 404 }) : faithful(request),
        'breaks on a query': async (request, faithful) =>
          new URL(request.url).search ? new Response('Internal Server Error', { status: 500 }) : faithful(request),
      },
    }),
  ],
});
