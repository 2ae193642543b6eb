/**
 * Pace: when each token of an answer may go. Every token has a deadline of its own, counted from the beginning of the
 * run and not from the token before: what is late for one is made up for by the next ones, so no drift builds up, and
 * several go in one tick of a timer when they are due. A slow reader gets them later; nothing is buffered for it.
 */

import { setTimeout as timer } from 'node:timers/promises';
import { z } from 'zod';
import { LONGEST_MS } from '../duration.ts';
import { strict } from '../strict.ts';

/** How fast a reply is played, as its schema. */
export const Pace = strict({
  ttft: z
    .number()
    .nonnegative()
    .max(LONGEST_MS)
    .exactOptional()
    .describe('Milliseconds to the first token. Default: 0.'),
  tokensPerSecond: z.number().positive().exactOptional().describe('A delta is a token. Default: as fast as can be.'),
  jitter: z
    .number()
    .min(0)
    .max(1)
    .exactOptional()
    .describe('How far a deadline may be off, as a share of the wait before it: half to either side. Default: 0.'),
  seed: z.int().nonnegative().exactOptional().describe('The same seed and prompt give the same times. Default: 0.'),
});
/** How fast a reply is played; see the schema for units and defaults. */
export type Pace = z.infer<typeof Pace>;

/** In milliseconds. */
export interface Clock {
  now(): number;
  /** Resolves early when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export const CLOCK: Clock = {
  now: () => performance.now(),
  // Node cuts fractions off, and a token would come before its time.
  wait: (ms, signal) => timer(Math.min(Math.ceil(ms), LONGEST_MS), undefined, { signal }).catch(() => undefined),
};

/** The times of one answer. */
export class Pacer {
  readonly #first: number;
  readonly #interval: number;
  readonly #jitter: number;
  readonly #random: () => number;
  readonly #clock: Clock;
  #begun: number;
  #tokens = 0;

  /** @param prompt What the answer is to: answers at the same time do not take each other's chances. */
  constructor({ ttft = 0, tokensPerSecond = Infinity, jitter = 0, seed = 0 }: Pace, prompt: string, clock = CLOCK) {
    this.#first = ttft;
    this.#interval = 1000 / tokensPerSecond;
    this.#jitter = jitter;
    this.#random = randomFrom(seed, prompt);
    this.#clock = clock;
    this.#begun = clock.now();
  }

  /** Resolves when the next token may go. */
  async token(signal: AbortSignal): Promise<void> {
    const wait = this.#tokens === 0 ? this.#first : this.#interval;
    const off = this.#jitter === 0 ? 0 : (this.#random() - 0.5) * this.#jitter * wait;
    const deadline = this.#begun + this.#first + this.#tokens * this.#interval + off;
    this.#tokens += 1;
    const left = deadline - this.#clock.now();
    if (left > 0) await this.#clock.wait(left, signal);
  }

  /** A silence between two tokens; the later ones are that much later. */
  async pause(ms: number, signal: AbortSignal): Promise<void> {
    this.#begun += ms;
    await this.#clock.wait(ms, signal);
  }
}

/** Numbers from 0 up to 1, the same for the same seed and text: FNV-1a to begin with, then mulberry32. */
function randomFrom(seed: number, text: string): () => number {
  let state = 0x811c9dc5 ^ seed;
  for (let at = 0; at < text.length; at++) state = Math.imul(state ^ text.charCodeAt(at), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
