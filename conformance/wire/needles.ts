/** Finds all secrets in a decoded text, in every encoding, in one linear pass (Aho–Corasick). */

import { readAs, WAYS, type Reading, type Way, type Work } from './decoding.ts';

/** Offsets in the text; `to` is exclusive. */
export type Span = readonly [from: number, to: number];

/** Shortest secret that is masked, in characters: a shorter one would mask ordinary words. */
export const SHORTEST = 4;
/** This share of a secret, from its start, counts as the whole … */
const MOST = 0.75;
/** … and so does all but one of its characters, when it has at most this many. */
const SHORT = 8;
/** `…`, where a text was cut: the characters before it may be the front of a secret. */
const CUT = 0x2026;
/** Longest part of an escape that a cut leaves, in characters. */
const TORN = 8;
const RING = 16;
const ESCAPES = new Set(['%', '&', '=', '\\']);

/** Encodings of a secret: hexadecimal, and base64 once and twice, at any offset inside the encoded bytes. */
function encodings(secret: string): string[] {
  const once = inBase64(secret);
  return [Buffer.from(secret).toString('hex'), ...once, ...once.flatMap(inBase64)];
}

/** The characters that are stable in base64 at each of the three offsets: the preceding bytes shift it. */
function inBase64(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const all = [0, 1, 2].flatMap((before) => {
    const begin = Math.ceil((before * 8) / 6);
    const end = Math.floor(((before + bytes.length) * 8) / 6);
    const shifted = Buffer.concat([Buffer.alloc(before), bytes]);
    return [shifted.toString('base64').slice(begin, end), shifted.toString('base64url').slice(begin, end)];
  });
  return [...new Set(all)];
}

/** URL, form, JSON and HTML spellings of a secret that has too few characters left once it is decoded. */
function thinly(secret: string): string[] {
  const url = encodeURIComponent(secret.toWellFormed());
  const bytes = Buffer.from(secret).toString('hex').replace(/../g, '%$&');
  const form = new URLSearchParams([[secret, '']]).toString().slice(0, -1);
  const special = secret.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
  const entities = Array.from(secret, (one) => `&#${one.codePointAt(0)};`).join('');
  return [url, bytes, form, JSON.stringify(secret).slice(1, -1), special, entities];
}

/** An automaton over all secrets. */
export class Needles {
  /** A node's first child, next sibling, and character. Lists suffice: the nodes of a secret are mostly a chain. */
  #child = new Int32Array(64);
  #sibling = new Int32Array(64);
  #code = new Int32Array(64);
  #depth = new Int32Array(64);
  #fail = new Int32Array(64);
  /** How many characters that end at this node are masked; 0: none. */
  #hit = new Int32Array(64);
  #nodes = 1;
  /** The root's ASCII children by character: fast path, since most characters begin no secret. */
  readonly #roots = new Int32Array(128);
  /** Whether a secret begins or ends with characters that decoding drops; those are masked with it. */
  #ragged = false;
  readonly #work: Work;

  /**
   * @param secrets each at least 4 characters long.
   * @param work counts steps.
   */
  constructor(secrets: readonly string[], work: Work) {
    this.#work = work;
    for (const secret of secrets) this.#addAll(secret);
    this.#connect();
  }

  #addAll(secret: string): void {
    const read = (way: Way, text: string): Reading => readAs(way, text, this.#work, false);
    let thin = false;
    for (const way of WAYS) {
      const reading = read(way, secret);
      const { length, from, to } = reading;
      thin ||= length < SHORTEST;
      if (length > 0 && (from[0]! > 0 || to[length - 1]! < secret.length)) this.#ragged = true;
      this.#add(reading, 1);
    }
    if (thin) for (const one of thinly(secret)) this.#add(read('bare', one), 0);
    for (const one of encodings(secret)) {
      this.#add(read('bare', one), 0);
      // Forms decode `+` to a space.
      if (one.includes('+')) this.#add(read('escaped', one), 0);
    }
  }

  /** The spans of secrets, and of the fronts of secrets before a cut. */
  spans({ length, codes, from, to }: Reading, text: string): Span[] {
    const found: [number, number][] = [];
    /** The states after the last characters, as a ring buffer. */
    const states = new Int32Array(RING);
    const mask = (first: number, last: number): void => {
      let start = this.#ragged ? (first === 0 ? 0 : to[first - 1]!) : from[first]!;
      const end = this.#ragged ? (last + 1 < length ? from[last + 1]! : text.length) : to[last]!;
      while (found.length > 0 && found.at(-1)![1] >= start) start = Math.min(start, found.pop()![0]);
      found.push([start, end]);
    };
    let node = 0;
    for (let at = 0; at < length; at++) {
      const code = codes[at]!;
      if (code === CUT) this.#front(states, at, from, text, mask);
      node = this.#step(node, code);
      states[(at + 1) % RING] = node;
      const hit = this.#hit[node]!;
      if (hit > 0) mask(at - hit + 1, at);
    }
    return found;
  }

  /** Masks the front of a secret right before a cut, together with an incomplete escape after it. */
  #front(
    states: Int32Array,
    at: number,
    from: Int32Array,
    text: string,
    mask: (first: number, last: number) => void,
  ): void {
    for (let back = at; back >= Math.max(0, at - TORN); back--) {
      const torn = back === at || ESCAPES.has(text[from[back]!]!) || ESCAPES.has(text[from[back]! - 1]!);
      const depth = this.#depth[states[back % RING]!]!;
      if (torn && depth >= SHORTEST) return mask(back - depth, at - 1);
    }
  }

  #add({ length, codes }: Reading, missing: 0 | 1): void {
    if (length < SHORTEST) return;
    const enough = Math.max(SHORTEST, Math.ceil(length * MOST), Math.min(length - missing, SHORT));
    let node = 0;
    for (let at = 0; at < length; at++) {
      node = this.#find(node, codes[at]!) || this.#grow(node, codes[at]!);
      if (at + 1 >= enough) this.#hit[node] = at + 1;
    }
  }

  #find(node: number, code: number): number {
    if (node === 0 && code < 128) return this.#roots[code]!;
    let child = this.#child[node]!;
    while (child !== 0 && this.#code[child] !== code) {
      this.#work.steps += 1;
      child = this.#sibling[child]!;
    }
    return child;
  }

  #grow(parent: number, code: number): number {
    const node = this.#nodes++;
    if (node === this.#code.length) {
      const twice = (old: Int32Array): Int32Array<ArrayBuffer> => {
        const more = new Int32Array(old.length * 2);
        more.set(old);
        return more;
      };
      [this.#child, this.#sibling, this.#code] = [twice(this.#child), twice(this.#sibling), twice(this.#code)];
      [this.#depth, this.#fail, this.#hit] = [twice(this.#depth), twice(this.#fail), twice(this.#hit)];
    }
    this.#code[node] = code;
    this.#depth[node] = this.#depth[parent]! + 1;
    this.#sibling[node] = this.#child[parent]!;
    this.#child[parent] = node;
    if (parent === 0 && code < 128) this.#roots[code] = node;
    return node;
  }

  /** Computes the failure links, breadth first. */
  #connect(): void {
    const queue = [0];
    for (const parent of queue) {
      for (let node = this.#child[parent]!; node !== 0; node = this.#sibling[node]!) {
        queue.push(node);
        if (parent !== 0) this.#fail[node] = this.#step(this.#fail[parent]!, this.#code[node]!);
        this.#hit[node] = Math.max(this.#hit[node]!, this.#hit[this.#fail[node]!]!);
      }
    }
  }

  #step(from: number, code: number): number {
    if (from === 0 && code < 128) return this.#roots[code]!;
    for (let node = from; ; node = this.#fail[node]!) {
      this.#work.steps += 1;
      const child = this.#find(node, code);
      if (child !== 0 || node === 0) return child;
    }
  }
}
