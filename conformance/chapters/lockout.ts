/** What too many wrong secrets lead to, as cases. They share one deployment, and so one lane. */
import { setTimeout as wait } from 'node:timers/promises';
import OpenAI from 'openai';
import { may, must } from '../contract.ts';
import { Undecided, expect } from '../expectation.ts';
import * as lie from '../mutants.ts';
import { wrongSecret } from './authorization.ts';
import type { Answer, Dial } from '../dial.ts';
import type { Mutant } from '../mutants.ts';

/** One wrong secret by the SDK: `dial.send` would make its peace with the gateway, and so forget the count. */
const attempt = (door: Dial): Promise<Answer> =>
  door.ask(`Say hello. ${door.nonce}`, { credential: wrongSecret(door) });

/** More than the deployment allows; a gateway may count one more or less. */
const ATTEMPTS = 5;
/** An attempt that took longer than this, in ms, may have come when a lockout was over; counting begins anew. */
const PROMPT = 300;
const ATTEMPTS_AT_MOST = 40;

/** Wrong secrets until the gateway says 429, or has had enough of them. */
async function locked(door: Dial): Promise<Answer> {
  let prompt = 0;
  for (let count = 1; ; count++) {
    const began = performance.now();
    const seen = await attempt(door);
    prompt = performance.now() - began < PROMPT ? prompt + 1 : 0;
    if (seen.exchange.status !== 401 || prompt === ATTEMPTS || count === ATTEMPTS_AT_MOST) return seen;
  }
}

/** What a good credential gets, without the cost of a run: a call without messages is a 400 to those who are in. */
async function goodOne(door: Dial): Promise<number> {
  return (await door.send({})).status;
}

/** Longest lockout that is waited for, in seconds. */
const LONGEST_LOCKOUT = 5;

/** How often a lockout is provoked that ended before the right secret came. */
const ROUNDS = 20;

/** Another case may have left the door locked; the gateway said for how long. */
async function unlocked(door: Dial): Promise<void> {
  const { headers } = await door.send({});
  const seconds = Number(headers.get('retry-after') ?? 0);
  if (!(seconds > 0)) return;
  if (seconds > LONGEST_LOCKOUT) throw new Undecided(`the gateway is locked for ${seconds} s`);
  await wait(seconds * 1000);
}

/** Other than a provider's 429, it says for how long. */
const insteadOfLockout = (answer: () => Response): Mutant =>
  lie.replies((response) => (response.status === 429 && response.headers.has('retry-after') ? answer() : response));

const SOURCE = 'https://docs.openclaw.ai/gateway/security/rate-limiting';

export const lockout = [
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
      'says until when': insteadOfLockout(() =>
        lie.answer(429, {}, { 'retry-after': 'Thu, 31 Dec 2099 23:59:59 GMT' }),
      ),
      'is not available': insteadOfLockout(() => lie.answer(503, {}, { 'retry-after': '1' })),
    },
  }),
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
        seen.push((await attempt(door)).exchange.status, (await attempt(door)).exchange.status, await goodOne(door));
      }
      return `right, then twice wrong, wrong, right: ${seen.join(' ')}`;
    },
    catches: { 'locks at the first failure': lie.insteadOf(401, () => lie.answer(429, {}, { 'retry-after': '1' })) },
  }),
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
        // Later than that, nobody knows whether the lockout was over.
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
