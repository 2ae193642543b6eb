/** Clients that disconnect at any moment of a request: nothing stays allocated for them. */

import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { ask, hangUp, send } from './call.ts';
import type { Living } from './inside.ts';
import { broken, crowd, megabytes, type Part } from './part.ts';
import { random } from './random.ts';
import { startServer, type Server } from './server.ts';

/** The replies: silence, a pause, and a text longer than most clients stay for. */
const LONG = 'play:long';
const TEXTS = ['play:hang', 'play:monologue', 'play:speak-then-hang', LONG];
const USERS = 100;
const AT_ONCE = 500;
const STAYERS = 200;
const PATIENCE_MS = 20_000;

/** The part: 1 000 clients that disconnect, in full 10 000. */
export const leavers: Part = {
  name: 'leavers',
  async run(full, seed) {
    const count = full ? 10_000 : 1_000;
    const chance = random(seed);
    const server = await startServer();
    const alone = server.descriptors();
    // Code that is loaded on first use, and objects that are kept from then on, are not a leak.
    await crowd(AT_ONCE, AT_ONCE, async (n) => await leave(server, chance, n));
    const height = await livingDuring(server, STAYERS);
    await allAnswered(server);
    await quiet(server, alone);
    const before = await server.living();
    await crowd(count, AT_ONCE, async (n) => await leave(server, chance, n));
    const answered = await allAnswered(server);
    await quiet(server, alone);
    const after = await server.living();
    await server.kill('SIGTERM');
    const more = (what: keyof Living): number => after[what] - before[what];
    return {
      figure:
        `${count} disconnected: ${more('runs')} runs, ${more('signals')} signals, ${more('timers')} timers, ` +
        `${more('answers')} answers, ${more('connections')} connections, ${more('promises')} promises and ` +
        `${megabytes(more('heap'))} of heap more than before (${height.runs} runs while ${STAYERS} stayed); ` +
        `${answered} of ${USERS} sessions free`,
      broken: broken({
        'an abandoned run would be counted': height.runs >= STAYERS && height.signals >= STAYERS,
        'no run stays': more('runs') <= 0,
        'no listener stays on a signal': more('signals') <= 0,
        'no timer stays': more('timers') <= 0,
        'no connection stays': more('connections') <= 0 && more('answers') <= 0,
        'no promise stays pending: at most 100 more': more('promises') <= 100,
        'the heap grows by less than 4 MB': more('heap') < 4e6,
        'no session is locked': answered === USERS,
      }),
    };
  },
};

/**
 * Sends a request and disconnects: in the middle of the request, before, at or after the response's first byte, alone in a
 * session or queued for it.
 */
async function leave(server: Server, chance: () => number, n: number): Promise<void> {
  const text = TEXTS[Math.floor(chance() * TEXTS.length)]!;
  // A client that stays to the end of the long text is remembered by its session. It sends no user, so that this is not
  // counted as a leak.
  const user = text !== LONG && chance() < 0.6 ? { user: `user-${n % USERS}` } : {};
  const stayMs = chance() < 0.3 ? 0 : chance() * 60;
  const atFirstByte = chance() < 0.5;
  const call = send(server, { text, ...user, stream: chance() < 0.7, half: chance() < 0.1 });
  const gone = new Promise<void>((resolve) => void call.on('error', () => undefined).on('close', resolve));
  call.on('response', (response) => {
    response.on('error', () => undefined);
    if (atFirstByte) response.once('data', () => call.destroy());
  });
  await Promise.race([wait(stayMs), gone]);
  call.destroy();
  await gone;
}

/** The number of users that get an answer: a locked session gives none. */
async function allAnswered(server: Server): Promise<number> {
  const all = Array.from({ length: USERS }, async (_, n) => {
    const answer = ask(server, { text: 'Say hello', user: `user-${n}` });
    return await Promise.race([answer.then(() => 1), wait(PATIENCE_MS, 0, { ref: false })]);
  });
  return (await Promise.all(all)).reduce((sum, one) => sum + one, 0);
}

/** The live objects while `stayers` responses are underway. */
async function livingDuring(server: Server, stayers: number): Promise<Living> {
  const calls = Array.from({ length: stayers }, () => send(server, { text: 'play:speak-then-hang', stream: true }));
  await Promise.all(
    calls.map((call) =>
      once(
        call.on('error', () => undefined),
        'response',
      ),
    ),
  );
  const counted = await server.living();
  await Promise.all(calls.map((call) => once(call.destroy(), 'close')));
  return counted;
}

/** Closes the idle connections, and waits until the server has closed them too, at most `PATIENCE_MS`. */
async function quiet(server: Server, alone: number): Promise<void> {
  hangUp();
  const until = performance.now() + PATIENCE_MS;
  while (server.descriptors() > alone && performance.now() < until) await wait(50);
}
