import { expect, test } from 'vitest';
import { CLOCK, Pace, Pacer, type Clock } from './pace.ts';

const never = new AbortController().signal;

/** A clock that only moves during a wait, and then goes too far, as timers do. */
class SlowClock implements Clock {
  time = 0;
  readonly late: number;

  constructor(late = 0) {
    this.late = late;
  }

  now(): number {
    return this.time;
  }

  wait(ms: number): Promise<void> {
    this.time += ms + this.late;
    return Promise.resolve();
  }
}

/** When each of some tokens went, in ms. */
async function times(tokens: number, pace: Pace, { late = 0, prompt = 'hi' } = {}): Promise<number[]> {
  const clock = new SlowClock(late);
  const pacer = new Pacer(pace, prompt, clock);
  const went: number[] = [];
  for (let n = 0; n < tokens; n++) {
    await pacer.token(never);
    went.push(clock.time);
  }
  return went;
}

test('the first token waits for ttft, the others for their share of a second', async () => {
  expect(await times(4, { ttft: 200, tokensPerSecond: 20 })).toEqual([200, 250, 300, 350]);
  expect(await times(2, { ttft: 200 })).toEqual([200, 200]);
  expect(await times(2, {})).toEqual([0, 0]);
});

test('timers that are late by more than an interval leave the rate as it was asked for', async () => {
  const went = await times(10_000, { tokensPerSecond: 1000 }, { late: 3.7 });
  expect(went.at(-1)).toBeGreaterThanOrEqual(9999);
  expect(went.at(-1)).toBeLessThan(9999 + 5);
  // No wait ends before its time.
  expect(went.every((time, index) => time >= index)).toBe(true);
});

test('jitter moves each deadline by half its share to either side, and adds up to nothing', async () => {
  const pace = { tokensPerSecond: 100, jitter: 0.5, seed: 7 };
  const off = (await times(1000, pace)).slice(1).map((time, index) => time - (index + 1) * 10);
  expect(Math.min(...off)).toBeGreaterThanOrEqual(-2.5);
  expect(Math.max(...off)).toBeLessThanOrEqual(2.5);
  expect(Math.max(...off) - Math.min(...off)).toBeGreaterThan(4);
  expect(Math.abs(off.reduce((sum, each) => sum + each, 0) / off.length)).toBeLessThan(0.3);
});

test('the same seed and prompt give the same times, others give others', async () => {
  const pace = { ttft: 100, tokensPerSecond: 50, jitter: 1, seed: 42 };
  const first = await times(20, pace);
  expect(await times(20, pace)).toEqual(first);
  expect(await times(20, { ...pace, seed: 43 })).not.toEqual(first);
  expect(await times(20, pace, { prompt: 'ho' })).not.toEqual(first);
});

test('a pause puts off what comes after it, and is not made up for', async () => {
  const clock = new SlowClock();
  const pacer = new Pacer({ tokensPerSecond: 10 }, 'hi', clock);
  await pacer.token(never);
  await pacer.pause(500, never);
  await pacer.token(never);
  expect(clock.time).toBe(600);
});

test('a token that is due in months is waited for as long as a timer can, and not for a moment', async () => {
  expect(Pace.safeParse({ ttft: 2 ** 31 }).success).toBe(false);
  const gone = new AbortController();
  let over = false;
  const wait = CLOCK.wait(2 ** 40, gone.signal).then(() => (over = true));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(over).toBe(false);
  gone.abort();
  await wait;
});
