/** A proxy that the gateway trusts names the user; past it there is a password, and for other proxies no way in. */

import { expect, expectEqual } from '../dial/expectation.ts';
import type { Liar } from '../dial/mutant.ts';
import { described, jsonOf } from '../dial/reading.ts';
import { chapter, must, should } from '../vocabulary/chapter.ts';
import * as lie from '../vocabulary/liars.ts';
import { expectSound } from '../vocabulary/refusal.ts';
import { EITHER_MODE } from '../vocabulary/situations.ts';
import {
  NICK,
  breaking,
  call,
  expectRefused,
  expectServed,
  known,
  late,
  list,
  listless,
  passed,
  refusing,
  trusting,
} from './proxy/passing.ts';
import { rows } from './proxy/rows.ts';
import { scopes } from './proxy/scopes.ts';

const SOURCE = 'https://docs.openclaw.ai/gateway/trusted-proxy-auth';
const RULES = `${SOURCE}#configuration`;
const HSTS = 'strict-transport-security';

/** Forgets the header beside such responses. */
const forgetting = (of: (response: Response) => boolean): Liar =>
  lie.replies((response) => {
    if (!of(response)) return response;
    const headers = new Headers(response.headers);
    headers.delete(HSTS);
    return new Response(response.body, { status: response.status, headers });
  });
/** Lies about what a proxy passes on, with a user or without one. */
const forwarded = (liar: Liar): Liar => lie.aboutHeader('x-forwarded-proto', liar);
const tailscale = (liar: Liar): Liar => lie.aboutHeader('tailscale-user-login', liar);

export default chapter('proxy', 'Trusted proxy', {
  section: '#authentication',
  since: '2026.7.1',
  cases: [
    must('proxy.identity', {
      says: 'the user that a trusted proxy names is let in, without a secret',
      source: SOURCE,
      needs: ['deploy:proxy', 'models'],
      situations: EITHER_MODE,
      async holds(dial) {
        const behind = dial.at('proxy');
        expectServed(await call(behind, NICK));
        expectServed(await list(behind, NICK));
      },
      catches: {
        'wants the password too': passed(refusing),
        'wants it for streams': passed(lie.aboutStreams(refusing)),
        'wants it for the list': passed(listless),
        'answers that it was passed on': passed(lie.insteadOf(200, () => new Response(null, { status: 204 }))),
      },
    }),
    must('proxy.password-fallback', {
      says: 'a client on the same machine past the proxy is let in with the password, and without it is not',
      source: RULES,
      needs: ['deploy:proxy'],
      situations: EITHER_MODE,
      async holds(dial) {
        const behind = dial.at('proxy');
        expectRefused(await call(behind, {}), behind);
        expectRefused(await call(behind, {}, { credential: `not-${dial.nonce}` }), behind);
        expectServed(await behind.send(behind.body(`Say hello. ${dial.nonce}`)));
      },
      catches: {
        'knows the proxy alone': known(refusing),
        'knows the password for no stream': known(lie.aboutStreams(refusing)),
        'takes all clients on the machine for the proxy': trusting,
        'takes every password for the right one': lie.aboutHeader('authorization', trusting),
        'runs the agent, and asks afterwards': late,
      },
    }),
    must('proxy.loopback-consent', {
      says: 'a proxy on the same machine is not believed without allowLoopback',
      source: RULES,
      needs: ['deploy:proxy-strict'],
      situations: EITHER_MODE,
      async holds(dial) {
        const behind = dial.at('proxy-strict');
        expectRefused(await call(behind, NICK), behind);
        expectRefused(await call(behind, NICK, { credential: behind.deployment.credential ?? '' }), behind);
        expectServed(await behind.send(behind.body(`Say hello. ${dial.nonce}`)));
      },
      catches: {
        'believes it': passed(async () => lie.canned()),
        'believes it when it has the password': passed(known(async () => lie.canned())),
        'knows no password beside it': known(refusing),
        'breaks on it': passed(breaking),
      },
    }),
    ...rows,
    ...scopes,
    must('proxy.hsts', {
      says: 'an answer bears Strict-Transport-Security as configured, and so does a refusal',
      since: '2026.9.6',
      source: `${SOURCE}#tls-termination-and-hsts`,
      needs: ['deploy:proxy'],
      situations: EITHER_MODE,
      async holds(dial) {
        const behind = dial.at('proxy');
        for (const headers of [NICK, {}]) {
          const exchange = await call(behind, headers);
          expectEqual(exchange.headers.get(HSTS), 'max-age=300', `beside ${exchange.status}, ${HSTS}`);
        }
      },
      catches: {
        'forgets it': forgetting(() => true),
        'forgets it beside errors': forgetting((response) => !response.ok),
        'forgets it beside streams': forgetting(lie.isStream),
        'says it for another time': forwarded(lie.headers((headers) => headers.set(HSTS, 'max-age=31536000'))),
      },
    }),
    // A balancer's probe needs no more, and a stranger may learn no more.
    should('proxy.probes', {
      says: 'behind a proxy a stranger learns that the gateway is ready and no more, and a user what is failing',
      since: '2026.9.6',
      source: 'https://docs.openclaw.ai/gateway/health#http-probes',
      needs: ['deploy:proxy'],
      async holds(dial) {
        const behind = dial.at('proxy');
        const { 'x-forwarded-user': _, ...stranger } = NICK;
        for (const [headers, detailed] of [
          [stranger, false],
          [NICK, true],
        ] as const) {
          const exchange = await list(behind, headers, '/readyz');
          const body = jsonOf(exchange) ?? {};
          expect(body.ready === true, 'ready: true', described(exchange));
          expect('failing' in body === detailed, `${detailed ? 'its' : 'no'} details`, described(exchange));
        }
      },
      catches: {
        'tells every client all': forwarded(trusting),
        'tells no client more': forwarded(lie.completion(({ ready }) => ({ ready }))),
        'tells strangers nothing': forwarded((request, faithful) =>
          request.headers.has('x-forwarded-user') ? faithful(request) : refusing(request, faithful),
        ),
      },
    }),
    must('proxy.tailscale', {
      says: 'headers of Tailscale that name a user open no API',
      since: '2026.9.6',
      source: 'https://docs.openclaw.ai/gateway/tailscale',
      needs: ['credential', 'models'],
      situations: EITHER_MODE,
      async holds(dial) {
        const headers = { 'tailscale-user-login': 'nick@example.com', 'tailscale-user-name': 'Nick' };
        const served = { 'x-forwarded-for': '100.64.0.9', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'kit' };
        for (const given of [headers, { ...headers, ...served }]) {
          expectRefused(await call(dial, given), dial);
          expectRefused(await list(dial, given), dial);
        }
        await expectSound(dial);
      },
      catches: {
        'takes the name for a secret': tailscale(async () => lie.canned()),
        'takes it for one when Tailscale passed it on': tailscale(
          lie.aboutHeader('x-forwarded-host', async () => lie.canned()),
        ),
        'shows the list': tailscale(async (request, faithful) =>
          request.method === 'GET' ? lie.answer(200, { object: 'list', data: [] }) : faithful(request),
        ),
        'breaks on it': tailscale(breaking),
      },
    }),
  ],
});
