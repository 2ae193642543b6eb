/** Callers that leave, at every moment there is: nothing of them stays. */

import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { ask, hangUp, send } from './call.ts';
import type { Living } from './inside.ts';
import { broken, crowd, megabytes, type Part } from './part.ts';
import { random } from './random.ts';
import { startServer, type Server } from './server.ts';

/** What they ask for: silence, a pause, and more words than most of them stay for. */
const LONG = 'play:long';
const TEXTS = ['play:hang', 'play:monologue', 'play:speak-then-hang', LONG];
const USERS = 100;
const AT_ONCE = 500;
const STAYERS = 200;
const PATIENCE_MS = 20_000;

export const leavers: Part = {
  name: 'leavers',
  async run(full, seed) {
    const count = full ? 10_000 : 1_000;
    const chance = random(seed);
    const server = await startServer();
    const alone = server.descriptors();
    // What a reference loads on first use, and what it keeps ready from then on, is no leak.
    await crowd(AT_ONCE, AT_ONCE, async (n) => await leave(server, chance, n));
    const height = await living(server, STAYERS);
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
        `${count} left: ${more('runs')} runs, ${more('signals')} signals, ${more('timers')} timers, ` +
        `${more('answers')} answers, ${more('connections')} connections, ${more('promises')} promises and ` +
        `${megabytes(more('heap'))} of heap more than before (${height.runs} runs while ${STAYERS} stayed); ` +
        `${answered} of ${USERS} sessions free`,
      broken: broken({
        'a run that is left would show': height.runs >= STAYERS && height.signals >= STAYERS,
        'no run is left': more('runs') <= 0,
        'no listener is left on a signal': more('signals') <= 0,
        'no timer is left': more('timers') <= 0,
        'no connection is left': more('connections') <= 0 && more('answers') <= 0,
        'nobody waits any more': more('promises') <= 100,
        'the heap is as it was': more('heap') < 4e6,
        'no session is locked': answered === USERS,
      }),
    };
  },
};

/**
 * Asks, and goes: in the middle of the question, before, at or after the answer's first byte, alone in a session or in
 * line for it.
 */
async function leave(server: Server, chance: () => number, n: number): Promise<void> {
  const text = TEXTS[Math.floor(chance() * TEXTS.length)]!;
  // Whoever stays to the end of so many words is remembered, rightly: as nobody, lest it be taken for a leak.
  const user = text !== LONG && chance() < 0.6 ? { user: `user-${n % USERS}` } : {};
  const stayMs = chance() < 0.3 ? 0 : chance() * 60;
  const atFirstWord = chance() < 0.5;
  const call = send(server, { text, ...user, stream: chance() < 0.7, half: chance() < 0.1 });
  const gone = new Promise<void>((resolve) => void call.on('error', () => undefined).on('close', resolve));
  call.on('response', (response) => {
    response.on('error', () => undefined);
    if (atFirstWord) response.once('data', () => call.destroy());
  });
  await Promise.race([wait(stayMs), gone]);
  call.destroy();
  await gone;
}

/** Whether a session is locked shows by asking: how many users are answered. */
async function allAnswered(server: Server): Promise<number> {
  const all = Array.from({ length: USERS }, async (_, n) => {
    const answer = ask(server, { text: 'Say hello', user: `user-${n}` });
    return await Promise.race([answer.then(() => 1), wait(PATIENCE_MS, 0, { ref: false })]);
  });
  return (await Promise.all(all)).reduce((sum, one) => sum + one, 0);
}

/** What lives while so many are in the middle of an answer. */
async function living(server: Server, stayers: number): Promise<Living> {
  const calls = Array.from({ length: stayers }, () => send(server, { text: 'play:speak-then-hang', stream: true }));
  await Promise.all(
    calls.map((call) =>
      once(
        call.on('error', () => undefined),
        'response',
      ),
    ),
  );
  const living = await server.living();
  await Promise.all(calls.map((call) => once(call.destroy(), 'close')));
  return living;
}

/** Hangs up, and waits until the other side has too, or patience ends. */
async function quiet(server: Server, alone: number): Promise<void> {
  hangUp();
  const until = performance.now() + PATIENCE_MS;
  while (server.descriptors() > alone && performance.now() < until) await wait(50);
}
