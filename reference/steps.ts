/**
 * Splits long synchronous work into steps, between which the event loop serves other requests. A call of ordinary
 * length is one step and never waits.
 */

import { randomUUID } from 'node:crypto';

/** The size of a step, in characters: the most expensive work on that many takes a few milliseconds. */
export const STEP = 64 * 1024;

/** Resolves when the event loop has served what is ready. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Counts work, and reports when a step of it is done. */
export class Meter {
  #done = 0;

  /**
   * Adds work; returns whether a step is full, and then counts from 0 again.
   *
   * @param cost In characters.
   */
  full(cost: number): boolean {
    this.#done += cost;
    if (this.#done < STEP) return false;
    this.#done = 0;
    return true;
  }
}

/** Cuts a text into pieces of at most a step, none of which ends inside a surrogate pair. */
export function* steps(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    let end = Math.min(at + STEP, text.length);
    if (end < text.length && isHigh(text.charCodeAt(end - 1))) end -= 1;
    yield text.slice(at, end);
    at = end;
  }
}

/** Whether a code unit is the first half of a surrogate pair; NaN is not. */
export function isHigh(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

/**
 * A text that grows piece by piece. It is joined a step at a time, so that reading it at the end is not one long step.
 */
export class Text {
  readonly #joined: string[] = [];
  #rest: string[] = [];
  #waiting = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(piece: string): void {
    this.#rest.push(piece);
    this.#length += piece.length;
    this.#waiting += piece.length;
    if (this.#waiting < STEP) return;
    this.#joined.push(this.#rest.join(''));
    this.#rest = [];
    this.#waiting = 0;
  }

  toString(): string {
    const rest = this.#rest.join('');
    return this.#joined.length === 0 ? rest : [...this.#joined, rest].join('');
  }
}

/** A string longer than this is serialized on its own, in characters. */
const LONG = 1024;

/** The JSON of a value with long strings, in pieces. Joined, they equal the result of JSON.stringify. */
export function* jsonSteps(value: unknown): Generator<string> {
  // Made after the value, so the value cannot contain it.
  const tag = randomUUID();
  const long: string[] = [];
  const frame = JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== 'string' || part.length <= LONG) return part;
    long.push(part);
    return tag;
  });
  const [begin = '', ...around] = frame.split(`"${tag}"`);
  yield begin;
  for (const [at, text] of long.entries()) {
    yield '"';
    for (const step of steps(text)) yield JSON.stringify(step).slice(1, -1);
    yield `"${around[at] ?? ''}`;
  }
}

/** The same as UTF-8 bytes, serving the event loop between steps. */
export async function jsonBytes(value: unknown): Promise<Buffer[]> {
  const meter = new Meter();
  const bytes: Buffer[] = [];
  let ready = '';
  for (const piece of jsonSteps(value)) {
    ready += piece;
    if (!meter.full(piece.length)) continue;
    bytes.push(Buffer.from(ready));
    ready = '';
    await turn();
  }
  bytes.push(Buffer.from(ready));
  return bytes;
}

/** How far a match may extend beyond the window of a step, in characters. */
const REACH = 4 * 1024;

/**
 * The next match of a global pattern from `at` on, yielding between steps. The pattern may look at one character before
 * its match; in a text longer than a step, a match may contain at most `REACH` blanks.
 */
export function* nextMatch(
  pattern: RegExp,
  text: string,
  at: number,
): Generator<void, { readonly match: RegExpExecArray; readonly index: number; readonly end: number } | undefined> {
  for (let size = STEP; at < text.length;) {
    const from = Math.max(0, at - 1);
    const window = text.slice(from, at + size);
    const last = at + size >= text.length;
    pattern.lastIndex = at - from;
    const match = pattern.exec(window);
    if (match !== null && (last || match.index + match[0].length < window.length)) {
      const index = from + match.index;
      return { match, index, end: index + match[0].length };
    }
    if (last) return undefined;
    // A match that ends with the window may continue behind it.
    if (match !== null) {
      at = from + match.index;
      size *= 2;
    } else {
      at += size - REACH;
      size = STEP;
    }
    yield;
  }
  return undefined;
}
