/** The lockout after too many wrong secrets. The cases share one deployment, and so one lane. */

import { setTimeout as wait } from 'node:timers/promises';
import OpenAI from 'openai';
import type { Answered, Dial } from '../../dial/dial.ts';
import { expect } from '../../dial/expectation.ts';
import { described } from '../../dial/reading.ts';
import type { Mutant } from '../../dial/mutant.ts';
import { Undecided } from '../../undecided.ts';
import { may, must } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import { EITHER_MODE } from '../../vocabulary/situations.ts';
import { wrongSecret } from './credentials.ts';

/**
 * One wrong secret, by the SDK: `dial.send` follows a 401 with a right secret, which resets the gateway's counter. Each
 * is another one, as who guesses does.
 */
const attempt = (door: Dial, count: number): Promise<Answered> =>
  door.ask(`Say hello. ${door.nonce}`, { credential: wrongSecret(door).slice(0, -2) + String((count % 90) + 10) });

/** The deployment allows three; a gateway may count one more or less. */
const ATTEMPTS = 5;
/** In ms. After a slower attempt an earlier lockout may have ended, so the count of prompt attempts begins anew. */
const PROMPT = 300;
/** Bounds the loop on a machine where no attempt is prompt. */
const ATTEMPTS_AT_MOST = 40;

/** Sends wrong secrets until the gateway says something else than 401, or `ATTEMPTS` prompt ones were refused. */
async function locked(door: Dial): Promise<Answered> {
  let prompt = 0;
  for (let count = 1; ; count++) {
    const began = performance.now();
    const seen = await attempt(door, count);
    prompt = performance.now() - began < PROMPT ? prompt + 1 : 0;
    if (seen.exchange.status !== 401 || prompt === ATTEMPTS || count === ATTEMPTS_AT_MOST) return seen;
  }
}

/** The status of a call with the right secret. It has no messages: an admitted client gets 400, and no run is paid. */
async function goodOne(door: Dial): Promise<number> {
  return (await door.send({})).status;
}

/** Longest lockout that is waited for, in seconds. */
const LONGEST_LOCKOUT = 5;

/** How often a lockout is provoked again because it ended before the right secret was sent. */
const ROUNDS = 20;

/** Waits for the end of a lockout that another case left behind, as long as Retry-After says. */
async function unlocked(door: Dial): Promise<void> {
  const { headers } = await door.send({});
  const seconds = Number(headers.get('retry-after') ?? 0);
  if (!(seconds > 0)) return;
  if (seconds > LONGEST_LOCKOUT) throw new Undecided(`the gateway is locked for ${seconds} s`);
  await wait(seconds * 1000);
}

/** Another answer instead of a lockout, which has Retry-After; a provider's 429 has none and stays. */
const insteadOfLockout = (instead: () => Response): Mutant =>
  lie.replies((response) => (response.status === 429 && response.headers.has('retry-after') ? instead() : response));

/** In ms: what a lockout may last beyond its whole seconds. */
const SLACK = 300;

/** Locks a secret out that was wrong three times, and no other one. */
function eachByItself(): Mutant {
  const failures = new Map<string | null, number>();
  return async (request, faithful) => {
    const bearer = request.headers.get('authorization');
    const response = await faithful(request);
    if (response.status !== 401 && response.status !== 429) return response;
    const count = (failures.get(bearer) ?? 0) + 1;
    failures.set(bearer, count);
    return count > 3 ? response : lie.unauthorized();
  };
}

/** Says how long in ms. */
const inMilliseconds = lie.headers((headers) => {
  const after = headers.get('retry-after');
  if (after !== null && /^\d+$/.test(after)) headers.set('retry-after', `${after}000`);
});

/** Locks out for that many ms, whatever it says. */
function lockedFor(ms: number): Mutant {
  let until = 0;
  return async (request, faithful) => {
    const response = await faithful(request);
    const now = performance.now();
    if (response.status === 429 && response.headers.has('retry-after') && now > until) until = now + ms;
    if (now >= until || response.status === 429) return response;
    return lie.answer(429, { error: { message: 'Too many', type: 'rate_limited' } }, { 'retry-after': '1' });
  };
}

/** Locks every client out for a second behind so many calls without a secret. */
function countsMissing(most: number): Mutant {
  let missing = 0;
  let until = 0;
  return async (request, faithful) => {
    const now = performance.now();
    if (now < until)
      return lie.answer(429, { error: { message: 'Too many', type: 'rate_limited' } }, { 'retry-after': '1' });
    const response = await faithful(request);
    if (response.status !== 401 || request.headers.has('authorization')) return response;
    missing += 1;
    if (missing < most) return response;
    missing = 0;
    until = now + 1000;
    return response;
  };
}

/** Refuses every secret behind a lockout. */
function refusedAfter(): Mutant {
  let was = false;
  return async (request, faithful) => {
    const response = await faithful(request);
    if (response.status === 429 && response.headers.has('retry-after')) was = true;
    else if (was) return lie.unauthorized();
    return response;
  };
}

const SOURCE = 'https://docs.openclaw.ai/gateway/security/rate-limiting';

/** `authentication.*`: `gateway.auth.rateLimit`, documented since 2026.2.17. */
export const lockout = [
  // RFC 9110, section 10.2.3. The SDK waits as long as Retry-After says; without it, it guesses and is locked out
  // again.
  must('authentication.rate-limit', {
    says: 'with gateway.auth.rateLimit too many wrong secrets get 429 with Retry-After in seconds',
    since: '2026.2.17',
    source: SOURCE,
    needs: ['deploy:rate-limited'],
    lane: 'rate-limited',
    async holds(dial) {
      const { exchange, failure } = await locked(dial.at('rate-limited'));
      expect(exchange.status === 429, `429 after ${ATTEMPTS} wrong secrets at the latest`, exchange.status);
      const after = exchange.headers.get('retry-after');
      expect(/^\d+$/.test(after ?? ''), 'Retry-After in whole seconds', after);
      const raised = (failure as Error | undefined)?.constructor.name;
      expect(failure instanceof OpenAI.RateLimitError, 'the SDK to raise RateLimitError', raised);
    },
    catches: {
      'never has enough': insteadOfLockout(() => lie.answer(401, {})),
      'does not say for how long': insteadOfLockout(() => lie.answer(429, {})),
      // RFC 9110 allows a date too; the documentation promises seconds.
      'says until when': insteadOfLockout(() =>
        lie.answer(429, {}, { 'retry-after': 'Thu, 31 Dec 2099 23:59:59 GMT' }),
      ),
      'counts each wrong secret by itself': eachByItself(),
      'is not available': insteadOfLockout(() => lie.answer(503, {}, { 'retry-after': '1' })),
    },
  }),
  // A browser's first request, and a health check of the endpoint, have no secret: they guess nothing.
  must('authentication.lockout-missing', {
    says: 'calls without a secret are refused with 401, and lock no client out',
    since: '2026.9.6',
    source: SOURCE,
    needs: ['deploy:rate-limited'],
    lane: 'rate-limited',
    situations: EITHER_MODE,
    async holds(dial) {
      const door = dial.at('rate-limited');
      await unlocked(door);
      for (let count = 1; count <= 2 * ATTEMPTS; count++) {
        const { exchange } = await door.ask(`Say hello. ${door.nonce}`, { credential: null });
        expect(exchange.status === 401, `401 for call ${count} without a secret`, described(exchange));
      }
      const status = await goodOne(door);
      expect(status !== 429 && status !== 401, 'the right secret to be let in behind calls without one', status);
    },
    catches: {
      'counts them': countsMissing(4),
      'counts up to the default of ten': countsMissing(10),
      'lets them in': lie.insteadOf(401, () => lie.canned()),
      'is not available to them': lie.insteadOf(401, () => lie.answer(503, {}, { 'retry-after': '1' })),
    },
  }),
  // A client that waits as long as it is told is not locked out for longer.
  must('authentication.lockout-ends', {
    says: 'a lockout is over when its Retry-After is',
    since: '2026.2.17',
    source: SOURCE,
    needs: ['deploy:rate-limited'],
    lane: 'rate-limited',
    async holds(dial) {
      const door = dial.at('rate-limited');
      const { exchange } = await locked(door);
      const seconds = Number(exchange.headers.get('retry-after') ?? Number.NaN);
      if (exchange.status !== 429 || Number.isNaN(seconds)) throw new Undecided('no lockout that can be waited for');
      // The deployment locks out for a second.
      expect(seconds <= LONGEST_LOCKOUT, `Retry-After of ${LONGEST_LOCKOUT} s at most, for lockoutMs: 1000`, seconds);
      await wait(seconds * 1000 + SLACK);
      const status = await goodOne(door);
      expect(status !== 429 && status !== 401, `the right secret to be let in ${seconds} s after the lockout`, status);
    },
    catches: {
      'locks for longer than it says': lockedFor(4000),
      'says milliseconds': inMilliseconds,
      'locks for ever': lockedFor(Infinity),
      'forgets the right secret': refusedAfter(),
    },
  }),
  // Releases count up to the next success, so a client that mistypes now and then is never locked out.
  may('authentication.success-resets', {
    says: 'a success forgets the failures before it',
    since: '2026.2.17',
    source: SOURCE,
    needs: ['deploy:rate-limited'],
    lane: 'rate-limited',
    async holds(dial) {
      const door = dial.at('rate-limited');
      await unlocked(door);
      // The first success makes a clean start.
      const seen = [await goodOne(door)];
      for (let round = 0; round < 2; round++) {
        seen.push(
          (await attempt(door, 1)).exchange.status,
          (await attempt(door, 2)).exchange.status,
          await goodOne(door),
        );
      }
      return `right, then twice wrong, wrong, right: ${seen.join(' ')}`;
    },
    catches: { 'locks at the first failure': lie.insteadOf(401, () => lie.answer(429, {}, { 'retry-after': '1' })) },
  }),
  // Clients behind one proxy share an address: one of them with a wrong secret locks out all.
  may('authentication.good-token-locked-out', {
    says: 'during a lockout the right secret is refused too',
    since: '2026.2.17',
    source: SOURCE,
    needs: ['deploy:rate-limited'],
    lane: 'rate-limited',
    async holds(dial) {
      const door = dial.at('rate-limited');
      let seen: [wrong: number, right: number];
      let inTime = false;
      let rounds = 0;
      do {
        await unlocked(door);
        const began = performance.now();
        const { status, headers } = (await locked(door)).exchange;
        seen = [status, await goodOne(door)];
        // Later than that the lockout may have been over, and the answer proves nothing.
        inTime = performance.now() - began < Number(headers.get('retry-after') ?? Infinity) * 1000;
      } while (!inTime && seen[1] !== 429 && ++rounds < ROUNDS);
      return `the wrong secret: ${seen[0]}, then the right one: ${seen[1]}`;
    },
    catches: {
      'lets the right one in': async (request, faithful) => {
        const response = await faithful(request.clone());
        return (await request.text()) === '{}' && response.status === 429 ? lie.answer(400, {}) : response;
      },
    },
  }),
];
