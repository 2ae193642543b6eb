/** Wrong gateways that mistake who belongs to which session. What a call does not say, they leave alone. */
import * as lie from '../mutants.ts';
import { KEY } from './pairs.ts';
import type { Json, Liar, Mutant } from '../mutants.ts';

/** The nonce in a name or a text: it tells the calls of one case from those of all others. */
export const nonceIn = (text: string): string => /[0-9a-f]{12}/.exec(text)?.[0] ?? text;

/** What follows the nonce is lost: names that begin alike become one. */
export const cut = (name: string): string => name.replace(/^([0-9a-f]{12})-.*/s, '$1');

/** Takes each `user` for another one; undefined for none. */
export const users = (change: (user: string, body: Json) => string | undefined): Mutant =>
  lie.asks((body) => (typeof body?.user === 'string' ? { ...body, user: change(body.user, body) } : body));

/** Knows no user again. */
export const forgetsUsers = users(() => undefined);

/** Gives calls without a `user` one. */
export const anonymous = (name: (body: Json) => string): Mutant =>
  lie.asks((body) => (body?.messages && body.user === undefined ? { ...body, user: name(body) } : body));

/** Takes each session key for another one; undefined for none. */
export const keys =
  (change: (key: string, body: Json) => string | undefined): Mutant =>
  async (request, faithful) => {
    const key = request.headers.get(KEY);
    return faithful(key === null ? request : withKey(request, change(key, await bodyOf(request))));
  };

/** Takes the `user` of a call without a key for a session key; undefined leaves it a user. */
export const userAsKey =
  (keyOf: (user: string) => string | undefined): Mutant =>
  async (request, faithful) => {
    const { user } = await bodyOf(request);
    // Only what a header can carry, and says something.
    const isName = typeof user === 'string' && /^[!-~][ -~]*$/.test(user);
    const key = isName && !request.headers.get(KEY) ? keyOf(user) : undefined;
    return faithful(key === undefined ? request : withKey(request, key));
  };

/** Does something else with calls of users like this one. */
export const calling =
  (like: (user: string) => boolean, otherwise: Liar): Mutant =>
  async (request, faithful) => {
    const { user } = await bodyOf(request);
    return typeof user === 'string' && like(user) ? otherwise(request, faithful) : faithful(request);
  };

/** Does something else with a call while another one of the same name is under way. */
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

/** Lets the calls of a case in one after the other, whatever session they are of. */
export function oneQueue(): Mutant {
  const tails = new Map<string, Promise<void>>();
  return async (request, faithful) => {
    const mark = nonceIn(await request.clone().text());
    const before = tails.get(mark) ?? Promise.resolve();
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    tails.set(
      mark,
      before.then(() => left),
    );
    await before;
    try {
      const response = await faithful(request);
      const [seen, passed] = response.body?.tee() ?? [];
      // The next one has to wait until this one has said everything.
      void (seen?.pipeTo(new WritableStream()) ?? Promise.resolve()).then(leave, leave);
      return new Response(passed, { status: response.status, headers: response.headers });
    } catch (failure) {
      leave();
      throw failure;
    }
  };
}

/** The call without its `user`. */
export const unnamed: Liar = async (request, faithful) =>
  faithful(lie.withBody(request, JSON.stringify({ ...(await bodyOf(request)), user: undefined })));

/** The JSON of a request; an empty object where it has none. */
async function bodyOf(request: Request): Promise<Json> {
  const body: Json = await request
    .clone()
    .json()
    .catch(() => undefined);
  return body ?? {};
}

const withKey = (request: Request, key: string | undefined): Request =>
  lie.withHeaders(request, (headers) => (key === undefined ? headers.delete(KEY) : headers.set(KEY, key)));
