/** Wrong gateways that take the wrong session for a call. A field that a call does not have, they leave alone. */

import type { Liar, Mutant } from '../../dial/mutant.ts';
import * as lie from '../../vocabulary/liars.ts';
import type { Json } from '../../vocabulary/liars.ts';
import { KEY_HEADER } from '../../dial/headers.ts';

/** The nonce in a name or a text, which is in all calls of one case and in no others; the text itself without one. */
export const nonceIn = (text: string): string => /[0-9a-f]{12}/.exec(text)?.[0] ?? text;

/** The name up to its nonce: names that begin alike become one. */
export const cut = (name: string): string => name.replace(/^([0-9a-f]{12})-.*/s, '$1');

/** Changes each `user`; undefined leaves it out. */
export const users = (change: (user: string, body: Json) => string | undefined): Liar =>
  lie.asks((body) => (typeof body?.user === 'string' ? { ...body, user: change(body.user, body) } : body));

/** Leaves every `user` out. */
export const forgetsUsers = users(() => undefined);

/** Gives calls without a `user` one; undefined gives none. */
export const anonymous = (name: (body: Json) => string | undefined): Liar =>
  lie.asks((body) => (body?.messages && body.user === undefined ? { ...body, user: name(body) } : body));

/** Changes each session key; undefined leaves it out. */
export const keys =
  (change: (key: string, body: Json) => string | undefined): Liar =>
  async (request, faithful) => {
    const key = request.headers.get(KEY_HEADER);
    return faithful(key === null ? request : withKey(request, change(key, await bodyOf(request))));
  };

/** Takes the `user` of a call without a key for a session key; undefined leaves the call alone. */
export const userAsKey =
  (keyOf: (user: string) => string | undefined): Mutant =>
  async (request, faithful) => {
    const { user } = await bodyOf(request);
    // Only what a header can carry, and is not blank.
    const isName = typeof user === 'string' && /^[!-~][ -~]*$/.test(user);
    const key = isName && !request.headers.get(KEY_HEADER) ? keyOf(user) : undefined;
    return faithful(key === undefined ? request : withKey(request, key));
  };

/** Another liar for calls of such users. */
export const calling =
  (like: (user: string) => boolean, otherwise: Liar): Mutant =>
  async (request, faithful) => {
    const { user } = await bodyOf(request);
    return typeof user === 'string' && like(user) ? otherwise(request, faithful) : faithful(request);
  };

/** Another liar for a call that comes while one of the same name is under way; `nameOf` groups the users. */
export function meanwhile(nameOf: (user: string) => string, otherwise: Liar): Mutant {
  const inside = new Set<string>();
  return async (request, faithful) => {
    const { user } = await bodyOf(request);
    if (typeof user !== 'string') return faithful(request);
    const name = nameOf(user);
    if (inside.has(name)) return otherwise(request, faithful);
    inside.add(name);
    try {
      return await faithful(request);
    } finally {
      inside.delete(name);
    }
  };
}

/** Queues all calls of a case, of whatever session: one at a time, to the end of its body. */
export function oneQueue(): Mutant {
  const tails = new Map<string, Promise<void>>();
  return async (request, faithful) => {
    const nonce = nonceIn(await request.clone().text());
    const before = tails.get(nonce) ?? Promise.resolve();
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    tails.set(
      nonce,
      before.then(() => left),
    );
    await before;
    try {
      const response = await faithful(request);
      const [seen, passed] = response.body?.tee() ?? [];
      // The next call waits for the end of this body, not only for its headers.
      void (seen?.pipeTo(new WritableStream()) ?? Promise.resolve()).then(leave, leave);
      return new Response(passed, { status: response.status, headers: response.headers });
    } catch (cause) {
      leave();
      throw cause;
    }
  };
}

/** The call without its `user`. */
export const unnamed: Liar = async (request, faithful) =>
  faithful(lie.withBody(request, JSON.stringify({ ...(await bodyOf(request)), user: undefined })));

/** The JSON of a request; an empty object where it has none. */
async function bodyOf(request: Request): Promise<Json> {
  return ((await lie.bodyOf(request)) as Json) ?? {};
}

const withKey = (request: Request, key: string | undefined): Request =>
  lie.withHeaders(request, (headers) =>
    key === undefined ? headers.delete(KEY_HEADER) : headers.set(KEY_HEADER, key),
  );
