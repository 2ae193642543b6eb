/** Looks for secrets in a text as it is read: all of them, in every encoding, in one pass (Aho and Corasick). Linear. */

import { hidden, readAs, WAYS, type Reading, type Way, type Work } from './decoding.ts';

/** The begin (inclusive) and the end (exclusive) in the text. */
export type Span = readonly [from: number, to: number];

/** The length of the shortest secret, in characters: a shorter one would mask ordinary words. */
export const SHORTEST = 4;
/** That much of a secret, from its beginning, is as good as all of it … */
const MOST = 0.75;
/** … and so is all but one of its characters, when it is short. */
const SHORT = 8;
/** The ellipsis: it marks where a text was cut, so the front of a secret may stand before it. */
const CUT = 0x2026;
/** The longest part of an escape that a cut leaves, in characters. */
const TORN = 8;
const RING = 16;
const ESCAPES = new Set(['%', '&', '=', '\\']);

/** What is written for a secret beside the secret: hexadecimal, and base64, wherever it begins in it. */
function encodings(secret: string, twice: boolean): string[] {
  const once = inBase64(secret);
  return [Buffer.from(secret).toString('hex'), ...once, ...(twice ? once.flatMap(inBase64) : [])];
}

/** What a text in base64 has of it wherever it begins: it shifts by the bytes before it. */
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

/** What a URL, a form, JSON and HTML write for one that has too few characters left when it is read as they are. */
function thinly(secret: string): string[] {
  const url = encodeURIComponent(secret.toWellFormed());
  const bytes = Buffer.from(secret).toString('hex').replace(/../g, '%$&');
  const form = new URLSearchParams([[secret, '']]).toString().slice(0, -1);
  const special = secret.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
  const entities = Array.from(secret, (one) => `&#${one.codePointAt(0)};`).join('');
  return [url, bytes, form, JSON.stringify(secret).slice(1, -1), special, entities];
}

/** Secrets in all spellings, as a tree of characters: a text is searched for all of them at once. */
export class Needles {
  /** A node's first child, its next sibling, its character: a secret's nodes are mostly a chain. */
  #child = new Int32Array(64);
  #sibling = new Int32Array(64);
  #code = new Int32Array(64);
  #depth = new Int32Array(64);
  #fail = new Int32Array(64);
  /** How many characters that end here are to be masked. */
  #hit = new Int32Array(64);
  #nodes = 1;
  /** The root's children by their character, as far as it is ASCII: most of a text begins no secret. */
  readonly #roots = new Int32Array(128);
  /** Whether a secret begins or ends with what is not read: then that goes with it. */
  #ragged = false;
  readonly #work: Work;

  /**
   * @param secrets Each at least 4 characters long.
   * @param strange Another one, of which base64 within base64 is not looked for: it is not the gateway's, and each client
   *   may offer another.
   */
  constructor(secrets: readonly string[], strange: string | undefined, work: Work) {
    this.#work = work;
    for (const secret of secrets) this.#addAll(secret, true);
    if (strange !== undefined) this.#addAll(strange, false);
    this.#connect();
  }

  #addAll(secret: string, twice: boolean): void {
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
    for (const one of encodings(secret, twice)) {
      this.#add(read('bare', one), 0);
      // There it is a blank.
      if (one.includes('+')) this.#add(read('escaped', one), 0);
    }
  }

  /** Whether a text may contain a secret as it stands. Most do not, and this needs no memory. */
  mayHold(text: string): boolean {
    this.#work.steps += text.length;
    let node = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === CUT) return true;
      if (hidden(code)) continue;
      node = this.#step(node, code >= 0x41 && code <= 0x5a ? code + 0x20 : code);
      if (this.#hit[node]! > 0) return true;
    }
    return false;
  }

  /**
   * @param cut Whether more of the text was cut off behind its end; elsewhere in it `…` says so.
   */
  spans({ length, codes, from, to }: Reading, text: string, cut: boolean): Span[] {
    const found: [number, number][] = [];
    /** Where the last characters led, in a ring. */
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
    if (cut) this.#front(states, length, from, text, mask);
    return found;
  }

  /** Masks what is the front of a secret right before a cut, and what is left of an escape behind it. */
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

  /** Sets the node at which to continue when the next character does not fit, breadth first. */
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
