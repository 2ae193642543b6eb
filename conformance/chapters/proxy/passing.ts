/** What a proxy passes on, what becomes of it, and wrong gateways that take one client for another. */

import table from '../../../fixtures/deployments.json' with { type: 'json' };
import type { Dial, Send } from '../../dial/dial.ts';
import { expect } from '../../dial/expectation.ts';
import type { Liar } from '../../dial/mutant.ts';
import { described, jsonOf } from '../../dial/reading.ts';
import * as lie from '../../vocabulary/liars.ts';
import type { Exchange } from '../../wire/exchange.ts';

const PASSWORD = table.deployments.find(({ name }) => name === 'proxy')!.credential!;

/** What the proxy of the deployment `proxy` says of the user that is let in. */
export const NICK = {
  'x-forwarded-user': 'nick@example.com',
  'x-forwarded-proto': 'https',
  'x-forwarded-for': '203.0.113.9',
} as const;

/** A call that the proxy passes on: without the password, unless it is given. */
export const call = (dial: Dial, headers: Readonly<Record<string, string>>, send: Send = {}): Promise<Exchange> =>
  dial.send(dial.body(`Say hello. ${dial.nonce}`), { credential: null, headers, ...send });

/** A request for a list that the proxy passes on, without the password. */
export const list = (dial: Dial, headers: Readonly<Record<string, string>>, path = '/v1/models'): Promise<Exchange> =>
  dial.send(undefined, { method: 'GET', path, credential: null, headers });

/** Status 200. @throws {Violation} otherwise. */
export function expectServed(exchange: Exchange): void {
  expect(exchange.status === 200, 'an answer, 200', described(exchange));
}

/** 401 or 403, and no run. */
export function expectRefused(exchange: Exchange, dial: Dial): void {
  expect(exchange.status === 401 || exchange.status === 403, '401 or 403', described(exchange));
  dial.noRun(dial.nonce);
}

/** A refusal that says that the client behind the proxy is not known. */
export function expectUnattributed(exchange: Exchange, dial: Dial): void {
  const type = String(jsonOf(exchange)?.error?.type);
  const named = exchange.status === 403 && type === 'proxy_attribution_required';
  expect(named, '403 with an error of type proxy_attribution_required', described(exchange));
  dial.noRun(dial.nonce);
}

/** The same request as from the user that is let in. */
export const asNick = (request: Request): Request =>
  lie.withHeaders(request, (headers) => {
    for (const name of ['authorization', 'forwarded', 'x-real-ip', 'origin', 'x-forwarded-prefix'])
      headers.delete(name);
    for (const [name, value] of Object.entries(NICK)) headers.set(name, value);
  });

/** Lies about what a proxy passes on with a user. */
export const passed = (liar: Liar): Liar => lie.aboutHeader('x-forwarded-user', liar);

/** Lies about what bears the password of the deployment. */
export const known =
  (liar: Liar): Liar =>
  (request, faithful) =>
    request.headers.get('authorization')?.includes(PASSWORD) ? liar(request, faithful) : faithful(request);

/** Takes every client for the user that is let in. */
export const trusting: Liar = (request, faithful) => faithful(asNick(request));

/** Calls the agent first, and looks at the proxy afterwards. */
export const late: Liar = async (request, faithful) => {
  const refused = await faithful(request.clone());
  if (refused.status < 400) return refused;
  await (await faithful(asNick(request))).text();
  return refused;
};

/** Lets no client in. */
export const refusing: Liar = async () => lie.unauthorized();
/** Answers 500. */
export const breaking: Liar = async () => new Response('Internal Server Error', { status: 500 });
/** Shows no list. */
export const listless: Liar = (request, faithful) =>
  request.method === 'GET' ? refusing(request, faithful) : faithful(request);

/** Takes no notice of a header. */
export const without =
  (header: string): Liar =>
  (request, faithful) =>
    faithful(lie.withHeaders(request, (headers) => headers.delete(header)));
