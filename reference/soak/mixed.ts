/** Mixed load over a long time, with a file of sessions and a journal: answers are correct, and memory stays flat. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ask, hangUp, send, textOf } from './call.ts';
import { broken, crowd, megabytes, type Part } from './part.ts';
import { random } from './random.ts';
import { startServer, type Server } from './server.ts';

const AT_ONCE = 24;
const USERS = 20_000;
const SAMPLE_MS = 1_000;

/** Limits for V8: without them the heap grows for minutes while the machine has free memory. */
const SMALL = ['--max-semi-space-size=8', '--max-old-space-size=128'];

/** The part: 8 s, in full 10 min. */
export const mixed: Part = {
  name: 'mixed load',
  async run(full, seed) {
    const lasts = full ? 600_000 : 8_000;
    const folder = mkdtempSync(join(tmpdir(), 'openclaw-kit-mixed-'));
    const server = await startServer(['--state', join(folder, 'state.db'), '--control-port', '0'], SMALL);
    const chance = random(seed);
    let calls = 0;
    let wrong = 0;
    const load = async (forMs: number): Promise<void> => {
      const until = performance.now() + forMs;
      await crowd(AT_ONCE, AT_ONCE, async () => {
        while (performance.now() < until) {
          if (!(await one(server, chance))) wrong += 1;
          calls += 1;
        }
      });
      hangUp();
    };
    // The first quarter is warm-up: sessions and the journal fill to their limits.
    await load(lasts / 4);
    const before = { ...(await server.living()), rss: server.rss() };
    // The garbage collection for `living` shrank the heap; in the second quarter it grows back.
    await load(lasts / 4);
    const samples = [server.rss()];
    const sampling = setInterval(() => samples.push(server.rss()), SAMPLE_MS);
    await load(lasts / 2);
    clearInterval(sampling);
    const after = { ...(await server.living()), rss: server.rss() };
    await server.kill('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
    // In the short run, sessions and the journal are still being filled.
    const mayGrow = full ? 5e6 : 32e6;
    const growth = slope(samples) * (60_000 / SAMPLE_MS);
    return {
      figure:
        `${calls} calls in ${lasts / 1_000} s, ${wrong} wrong; live heap ${megabytes(before.heap)} after a ` +
        `quarter, ${megabytes(after.heap)} at the end; RSS without garbage ${megabytes(before.rss)} and ` +
        `${megabytes(after.rss)}, with it ${megabytes(samples[0]!)} in the middle, ${megabytes(samples.at(-1)!)} at the ` +
        `end${full ? `, ${megabytes(growth)} a minute` : ''}`,
      broken: broken({
        'every answer is right': wrong === 0,
        [`the live heap grows by less than ${megabytes(mayGrow)}`]: after.heap - before.heap < mayGrow,
        'RSS without garbage is flat: less than 10 MB more': !full || after.rss - before.rss < 10e6,
        'RSS stays below 400 MB': Math.max(...samples) < 400e6,
      }),
    };
  },
};

/** Sends one request of a random kind; whether its answer was correct. */
async function one(server: Server, chance: () => number): Promise<boolean> {
  const user = `user-${Math.floor(chance() * USERS)}`;
  const word = `w${Math.floor(chance() * 1e9)}`;
  const kind = chance();
  if (kind < 0.35) return (await ask(server, { text: `play:echo <<<${word}>>>`, user })) === word;
  if (kind < 0.7) {
    const body = await ask(server, { text: `play:echo <<<${`${word} `.repeat(50)}>>>`, user, stream: true });
    return textOf(body)?.trim() === Array<string>(50).fill(word).join(' ');
  }
  // Always the same user: a session that grows to its limit.
  if (kind < 0.75) return (await ask(server, { text: `Remember the code word: ${word}`, user: 'shared' })) !== '';
  if (kind < 0.8)
    return (await ask(server, { text: `play:echo <<<${word.repeat(10_000)}>>>` })) === word.repeat(10_000);
  if (kind < 0.9) {
    const call = send(server, { text: 'play:speak-then-hang', user, stream: true });
    const gone = new Promise((resolve) => void call.on('error', () => undefined).on('close', resolve));
    call.on('response', (response) => response.on('error', () => undefined).once('data', () => call.destroy()));
    await gone;
    return true;
  }
  const refused = await fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: kind < 0.95 ? { Authorization: 'Bearer wrong' } : {},
    body: '{',
  });
  await refused.text();
  await wait(0);
  return refused.status === 401;
}

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + n, 0) / numbers.length;

/** The slope per sample, by least squares. */
function slope(numbers: readonly number[]): number {
  const middle = (numbers.length - 1) / 2;
  const height = mean(numbers);
  const spread = numbers.reduce((sum, _, at) => sum + (at - middle) ** 2, 0);
  return spread === 0 ? 0 : numbers.reduce((sum, n, at) => sum + (at - middle) * (n - height), 0) / spread;
}
