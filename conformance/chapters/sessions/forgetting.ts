/**
 * Wrong gateways whose sessions are right for one pair of calls, and not for a history: what goes wrong depends on what
 * came before. They know a history by the nonce in its names, and act on no other.
 */

import type { Liar, Mutant } from '../../dial/mutant.ts';
import * as lie from '../../vocabulary/liars.ts';
import type { Json } from '../../vocabulary/liars.ts';
import { keys, nonceIn } from './liars.ts';
import { AGENT_HEADER, KEY_HEADER } from '../../dial/headers.ts';

const userOf = async (request: Request): Promise<string | undefined> => {
  const body: Json = await lie.bodyOf(request);
  return typeof body?.user === 'string' ? body.user : undefined;
};

const withUser = async (request: Request, user: unknown): Promise<Request> =>
  lie.withBody(request, JSON.stringify({ ...(await lie.bodyOf(request)), user }));

/** The session key counts in whole calls alone. */
export const keysInWholeCallsOnly: Mutant = keys((key, { stream }) => (stream ? undefined : key));

/** Another user, as `name` makes it of the body; undefined leaves the call alone. */
export const userFrom = (name: (body: Json) => string | undefined): Liar =>
  lie.asks((body) => (body?.messages && name(body) !== undefined ? { ...body, user: name(body) } : body));

interface When {
  /** By the text of the request, before it is answered. */
  readonly before?: (request: string) => boolean;
  readonly after?: (response: Response) => boolean;
  /** The client went away. */
  readonly left?: true;
  /** It refuses the calls that follow instead. */
  readonly refuses?: true;
}

/** The session of a user begins anew each time that something happened in it. */
export function anew({ before, after, left, refuses }: When): Mutant {
  const times = new Map<string, number>();
  return async (request, faithful) => {
    const user = await userOf(request);
    if (user === undefined) return faithful(request);
    const again = (): void => void times.set(user, (times.get(user) ?? 0) + 1);
    if (before?.(await request.clone().text())) again();
    if (left) request.signal.addEventListener('abort', again, { once: true });
    const time = times.get(user);
    if (time !== undefined && refuses)
      return lie.answer(409, { error: { message: 'The session is busy.', type: 'conflict' } });
    const response = await faithful(time === undefined ? request : await withUser(request, `${user}-${time}`));
    if (after?.(response)) again();
    return response;
  };
}

/** An equal call gets the answer that the first one got. */
export function cached(which: (sent: string) => boolean): Mutant {
  const answers = new Map<string, Response>();
  return async (request, faithful) => {
    const sent = await request.clone().text();
    if (!which(sent)) return faithful(request);
    const call = JSON.stringify([sent, [...request.headers]]);
    const kept = answers.get(call) ?? (await faithful(request));
    answers.set(call, kept.clone());
    return kept;
  };
}

/** A call that comes while another one of its user is under way waits for it, and then is not what it should be. */
export function twoAtOnce(what: 'forgets' | 'joins' | 'refuses'): Mutant {
  const under = new Map<string, Promise<Response>>();
  return async (request, faithful) => {
    const user = await userOf(request);
    const first = user === undefined ? undefined : under.get(user);
    if (first !== undefined) {
      if (what === 'refuses')
        return lie.answer(429, { error: { message: 'One call at a time.', type: 'rate_limit_error' } });
      const answered = await first;
      return what === 'joins' ? answered.clone() : faithful(await withUser(request, undefined));
    }
    // Read to its end: a call is under way as long as its body comes.
    const whole = faithful(request).then(
      async (response) =>
        new Response(await response.arrayBuffer(), { status: response.status, headers: response.headers }),
    );
    if (user === undefined) return whole;
    under.set(user, whole);
    try {
      return (await whole).clone();
    } finally {
      under.delete(user);
    }
  };
}

/** Users whose agent a header names are others than those whose agent the model names. */
export const agentHeaderApart: Mutant = async (request, faithful) => {
  const user = await userOf(request);
  const named = request.headers.get(AGENT_HEADER) !== null;
  return faithful(named && user !== undefined ? await withUser(request, `${user}-header`) : request);
};

/** Remembers so many users of each history, those that called last; the others begin anew. */
export function lastUsers(count: number): Mutant {
  const histories = new Map<string, Map<string, number>>();
  let fresh = 0;
  return async (request, faithful) => {
    const user = await userOf(request);
    if (user === undefined) return faithful(request);
    const nonce = nonceIn(user);
    const last = histories.get(nonce) ?? new Map<string, number>();
    histories.set(nonce, last);
    const mine = last.get(user) ?? fresh++;
    last.delete(user);
    last.set(user, mine);
    const [oldest] = last.keys();
    if (last.size > count && oldest !== undefined) last.delete(oldest);
    return faithful(await withUser(request, `${user}-${mine}`));
  };
}

/** A session begins anew after so many calls. */
export function beginsAnewAfter(calls: number): Mutant {
  const counts = new Map<string, number>();
  const later = (name: string): string => {
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    return count < calls ? name : `${name}-${Math.floor(count / calls)}`;
  };
  const ofKeys = keys((key) => key && later(key));
  const ofUsers = userFrom(({ user }) => (typeof user === 'string' ? later(user) : undefined));
  return (request, faithful) => (request.headers.has(KEY_HEADER) ? ofKeys : ofUsers)(request, faithful);
}

/** Another gateway for the streams of a session that was called before. */
export function secondTurn(otherwise: Liar): Mutant {
  const seen = new Set<string>();
  return async (request, faithful) => {
    const name = request.headers.get(KEY_HEADER) ?? (await userOf(request));
    if (name === undefined) return faithful(request);
    const before = seen.has(name);
    seen.add(name);
    return before ? otherwise(request, faithful) : faithful(request);
  };
}
