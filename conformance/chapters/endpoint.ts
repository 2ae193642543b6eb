/** Enabling and disabling the endpoint, and the port that it shares with the WebSocket. */

import { ENDPOINT, type Dial } from '../dial/dial.ts';
import { expect, expectEqual } from '../dial/expectation.ts';
import { described } from '../dial/reading.ts';
import { Undecided } from '../undecided.ts';
import { chapter, may, must, should } from '../vocabulary/chapter.ts';
import * as lie from '../vocabulary/liars.ts';
import { expectNotAllowed } from '../vocabulary/refusal.ts';
import { upgradeRequest, upgraded } from '../wire/upgrade.ts';
import { transferCases } from './endpoint/transfer.ts';

const METHODS = ['GET', 'PUT', 'DELETE', 'PATCH'];

/** Expects 404 and no run for an authorised, well-formed call. */
async function refuses(dial: Dial, deployment: string): Promise<void> {
  const closed = dial.at(deployment);
  const exchange = await closed.send(closed.body(`Are you there? ${dial.nonce}`));
  expect(exchange.status === 404, '404, because the endpoint is off', described(exchange));
  dial.noRun(dial.nonce);
}

/** Answers as if the agent had been asked, wherever the gateway says 404. */
const serves = lie.replies((response) => (response.status === 404 ? lie.canned() : response));
const asks = lie.replies((response) =>
  response.status === 404 ? new Response('Unauthorized', { status: 401 }) : response,
);
const page = lie.replies((response) =>
  response.status === 404
    ? new Response('<!doctype html><title>Control</title>', { headers: { 'content-type': 'text/html' } })
    : response,
);

export default chapter('endpoint', 'Enabling the endpoint', {
  section: '#enabling-the-endpoint',
  cases: [
    must('endpoint.enabled', {
      says: 'POST /v1/chat/completions is served once the configuration enables it',
      core: true,
      async holds(dial) {
        const exchange = await dial.send(dial.body(`Say hello. ${dial.nonce}`));
        expectEqual(exchange.status, 200, 'an answer with status');
      },
      catches: {
        'is not there': lie.replies(() => new Response('Not Found', { status: 404 })),
        'created instead of OK': lie.CREATED,
      },
    }),
    // Sending a prompt is full operator access: only a configuration that names the endpoint may open it.
    must('endpoint.off-by-default', {
      says: 'a configuration that does not mention the endpoint leaves it off: 404, no run',
      needs: ['deploy:default'],
      holds: (dial) => refuses(dial, 'default'),
      catches: { 'is on from the start': serves, 'asks for a credential first': asks },
    }),
    must('endpoint.disabled', {
      says: 'enabled: false turns the endpoint off: 404, no run',
      source: 'https://docs.openclaw.ai/gateway/openai-http-api#disabling-the-endpoint',
      needs: ['deploy:disabled'],
      holds: (dial) => refuses(dial, 'disabled'),
      catches: { 'serves all the same': serves, 'asks for a credential first': asks },
    }),
    // Issue 113609: the Control UI answered 200 text/html, so clients took the call for a success and failed at its
    // JSON.
    should('endpoint.disabled-not-html', {
      says: 'a disabled endpoint answers neither with a 2xx nor with an HTML page',
      source: 'https://github.com/openclaw/openclaw/issues/113609',
      mustSince: '2026.8.1',
      needs: ['deploy:disabled'],
      async holds(dial) {
        const closed = dial.at('disabled');
        const exchange = await closed.send(closed.body('Are you there?'));
        const html =
          exchange.headers.get('content-type')?.includes('html') || /^\s*<(?:!doctype|html)/i.test(exchange.body);
        expect(exchange.status >= 300 && !html, 'a refusal that is no HTML page', described(exchange));
      },
      catches: {
        'falls through to a web page': page,
        'a 404 of HTML': lie.replies((response) =>
          response.status === 404
            ? new Response('<!doctype html><h1>Not Found</h1>', {
                status: 404,
                headers: { 'content-type': 'text/html' },
              })
            : response,
        ),
      },
    }),
    // Apps and channels keep a WebSocket open on this port; HTTP has to be served beside it.
    must('endpoint.same-port', {
      says: 'the port serves WebSocket upgrades and HTTP side by side',
      source: 'https://docs.openclaw.ai/gateway/openai-http-api',
      async holds(dial) {
        const socket = await dial.raw(
          upgradeRequest(dial.deployment.baseUrl, '/'),
          (bytes) => upgraded(bytes) !== undefined,
        );
        if (socket.end === 'silent' && socket.bytes === '') throw new Undecided('no answer to the upgrade came');
        expect(
          upgraded(socket.bytes) !== undefined,
          'a WebSocket upgrade to be accepted (101)',
          socket.bytes.slice(0, 80),
        );
        const exchange = await dial.send(undefined, { method: 'GET' });
        expect(exchange.status < 500, 'HTTP to be served while the socket is open', described(exchange));
      },
      catches: {
        'no upgrade on this port': lie.raw((sent, faithful) =>
          sent.includes('\r\nUpgrade: ')
            ? Promise.resolve({
                bytes: 'HTTP/1.1 426 Upgrade Required\r\ncontent-length: 0\r\n\r\n',
                end: 'closed',
                ms: 1,
              })
            : faithful(sent),
        ),
        'HTTP stops while a socket is open': lie.replies((response, { method }) =>
          method === 'GET' ? new Response('busy', { status: 503 }) : response,
        ),
      },
    }),
    may('endpoint.challenge', {
      says: 'the first WebSocket frame is connect.challenge with a nonce',
      source: 'https://docs.openclaw.ai/gateway/protocol',
      async holds(dial) {
        const socket = await dial.raw(
          upgradeRequest(dial.deployment.baseUrl, '/'),
          (bytes) => upgraded(bytes)?.frame !== undefined,
        );
        if (socket.end === 'silent' && socket.bytes === '') throw new Undecided('no answer to the upgrade came');
        const frame = JSON.parse(upgraded(socket.bytes)?.frame ?? 'null') as {
          event?: string;
          payload?: { nonce?: string };
        };
        return `${frame?.event ?? 'no frame'} ${frame?.payload?.nonce ? 'with a nonce' : 'without a nonce'}`;
      },
      catches: {
        'speaks first of something else': lie.raw(async (sent, faithful) => {
          const reply = await faithful(sent);
          return { ...reply, bytes: reply.bytes.replace('connect.challenge', 'connect.welcomed!') };
        }),
      },
    }),
    // RFC 9110, section 15.5.6. Home Assistant's integration probes with GET and no secret: 405 tells it that the
    // endpoint is on, 401 or 404 that it is not (nicolasglg/openclaw-conversation#3).
    should('endpoint.post-only', {
      says: 'other methods get 405 with Allow: POST, decided before authentication',
      source: 'https://www.rfc-editor.org/rfc/rfc9110#status.405',
      async holds(dial) {
        for (const method of METHODS) {
          const exchange = await dial.send(undefined, { method, credential: null });
          expectNotAllowed(exchange, `${method} without a credential`, ['POST']);
        }
      },
      catches: {
        'asks who is there first': lie.replies((response, { method }) =>
          method === 'POST' ? response : new Response('Unauthorized', { status: 401 }),
        ),
        'no such page': lie.replies((response) =>
          response.status === 405 ? new Response('', { status: 404 }) : response,
        ),
        'does not say what is allowed': lie.replies((response) =>
          response.status === 405 ? new Response('Method Not Allowed', { status: 405 }) : response,
        ),
      },
    }),
    ...transferCases,
    may('endpoint.query-ignored', {
      says: 'a query string changes nothing',
      async holds(dial) {
        const exchange = await dial.send({}, { path: `${ENDPOINT}?api-version=1` });
        return `POST with a query: ${exchange.status}`;
      },
      catches: {
        'a query is another path': async (request, faithful) =>
          new URL(request.url).search ? new Response('Not Found', { status: 404 }) : faithful(request),
      },
    }),
    ...[
      { row: 'slash', path: `${ENDPOINT}/`, what: 'a trailing slash' },
      { row: 'case', path: '/V1/Chat/Completions', what: 'another case' },
      { row: 'unknown', path: '/v1/chat/completion', what: 'an unknown path' },
    ].map(({ row, path, what }) =>
      may(`endpoint.exact-path.${row}`, {
        says: `${what} is not the endpoint`,
        async holds(dial) {
          const exchange = await dial.send({}, { path });
          return `${what}: ${exchange.status}`;
        },
        catches: { 'is generous with paths': serves },
      }),
    ),
    // Issue 68647: pages cannot call the gateway. With open CORS any page in a browser could call one that needs no
    // secret.
    may('endpoint.no-cors', {
      says: 'there are no CORS headers, and OPTIONS gets 405',
      source: 'https://github.com/openclaw/openclaw/issues/68647',
      async holds(dial) {
        const origin = { origin: 'https://example.com', 'access-control-request-method': 'POST' };
        const exchange = await dial.send(undefined, { method: 'OPTIONS', credential: null, headers: origin });
        const cors = [...exchange.headers.keys()].filter((name) => name.startsWith('access-control-'));
        return `OPTIONS: ${exchange.status}, ${cors.length === 0 ? 'no CORS headers' : cors.join(', ')}`;
      },
      catches: {
        'lets every page in': lie.replies((response) => {
          const headers = new Headers(response.headers);
          headers.set('access-control-allow-origin', '*');
          return new Response(response.body, { status: response.status, headers });
        }),
      },
    }),
  ],
});
