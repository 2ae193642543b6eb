/**
 * A text as a reader understands it: what JSON, URLs, forms, HTML, shells and quoted-printable write for a character is
 * that character again, and what is not seen is gone. Each character keeps the place where it stands. One pass over a
 * stack: an escape is undone when its last character comes, and what it stood for may end another one. Linear.
 */

/** What has been done, in characters: a test counts it. */
export interface Work {
  steps: number;
}

/**
 * What is undone beside blanks, controls and zero-width marks: `bare` nothing, `escaped` percent, form, JSON, HTML and
 * shell, `quoted` quoted-printable, in which `=` is an escape and elsewhere it is not.
 */
export type Way = (typeof WAYS)[number];
/** Every way. */
export const WAYS = ['bare', 'escaped', 'quoted'] as const;

/** Characters in lower case (ASCII), with where each begins and ends. Good until the next one is read. */
export interface Reading {
  readonly length: number;
  readonly codes: Int32Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
}

/** What stands in place of a secret. */
export const MASK = '[redacted]';
/** What stands for a mask: no secret has it, so that no match runs through a mask. */
const OPAQUE = 0x1ffff;
/** A byte of UTF-8 that is no character yet. */
const BYTE = 0x10000;

const [PERCENT, BACKSLASH, AMPERSAND, SEMICOLON, HASH, EQUALS, ZERO, LOWER_U, LOWER_X] = codesOf('%\\&;#=0ux') as [
  ...number[],
] as [number, number, number, number, number, number, number, number, number];
/** Behind a backslash: a control, which is not seen. */
const CONTROLS = new Set(codesOf('nrtbf'));
/** A form writes a blank as `+`; shells and JSON put quotes where they like. */
const NOTHING = new Set(codesOf('+\'"'));
const NAMED = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', ' '],
]);
/** The longest entity that is looked for, in characters; zeros in front do not count. */
const ENTITY = 10;
/** A short text needs no memory of its own. */
const SCRATCH = [0, 0, 0].map(() => new Int32Array(4_096)) as [Int32Array, Int32Array, Int32Array];

function codesOf(text: string): number[] {
  return Array.from(text, (one) => one.charCodeAt(0));
}

/** What a reader does not see: blanks, controls, soft hyphens, zero-width and directional marks, variation selectors. */
export function hidden(code: number): boolean {
  if (code <= 0x20) return true;
  if (code < 0x7f) return false;
  return (
    code <= 0xa0 ||
    code === 0xad ||
    code === 0x61c ||
    code === 0x180e ||
    (code >= 0x2000 && code <= 0x200f) ||
    (code >= 0x2028 && code <= 0x202f) ||
    (code >= 0x205f && code <= 0x206f) ||
    code === 0x3000 ||
    (code >= 0xfe00 && code <= 0xfe0f) ||
    code === 0xfeff
  );
}

/** The value of a hexadecimal digit; -1 when it is none. */
function digit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

class Stack {
  readonly codes: Int32Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
  top = 0;
  readonly #way: Way;
  readonly #work: Work;
  /** What an escape stood for, and where it began. */
  #code = 0;
  #start = 0;

  constructor(length: number, way: Way, work: Work) {
    const own = (): Int32Array => new Int32Array(length);
    [this.codes, this.from, this.to] = length <= SCRATCH[0].length ? SCRATCH : [own(), own(), own()];
    this.#way = way;
    this.#work = work;
  }

  push(first: number, begin: number, end: number): void {
    let code = first;
    let start = begin;
    // What an escape stood for is taken like what stands there: without recursion, however deep it is wrapped.
    for (;;) {
      this.#work.steps += 1;
      if (this.#drops(code, start, end)) return;
      this.#append(code, start, end);
      if (!this.#undoes(code, end)) return;
      code = this.#code;
      start = this.#start;
    }
  }

  mask(start: number, end: number): void {
    this.#append(OPAQUE, start, end);
  }

  /** Nothing is an escape: most texts are read so, and only so. */
  pushBare(text: string, begin: number, end: number): void {
    const { codes, from, to } = this;
    let { top } = this;
    for (let at = begin; at < end; at++) {
      const code = text.charCodeAt(at);
      if (hidden(code)) continue;
      codes[top] = code;
      from[top] = at;
      to[top++] = at + 1;
    }
    this.top = top;
    this.#work.steps += end - begin;
  }

  /** Without the backslashes that were before something, and in lower case. */
  read(): Reading {
    let length = 0;
    for (let at = 0; at < this.top; at++) {
      const code = this.codes[at]!;
      if (code === BACKSLASH && this.#way === 'escaped') continue;
      this.codes[length] = code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
      this.from[length] = this.from[at]!;
      this.to[length++] = this.to[at]!;
    }
    this.#work.steps += this.top;
    return { length, codes: this.codes, from: this.from, to: this.to };
  }

  #append(code: number, start: number, end: number): void {
    this.codes[this.top] = code;
    this.from[this.top] = start;
    this.to[this.top++] = end;
  }

  /** Whether nothing of it is kept. */
  #drops(code: number, start: number, end: number): boolean {
    const { top, codes } = this;
    const below = top > 0 ? codes[top - 1] : undefined;
    if (this.#way === 'quoted') {
      if (!hidden(code)) return false;
      // A soft line break.
      if (below === EQUALS && this.to[top - 1] === start && (code === 0x0a || code === 0x0d)) this.top -= 1;
      return true;
    }
    if (hidden(code) || NOTHING.has(code) || (below === BACKSLASH && CONTROLS.has(code))) {
      if (below === BACKSLASH) this.top -= 1;
      return true;
    }
    // Backslashes pile up when JSON is wrapped in JSON; an entity has as many zeros in front as it likes.
    const grows = code === BACKSLASH ? below === BACKSLASH : code === ZERO && this.#opensNumber();
    if (grows) this.to[top - 1] = end;
    return grows;
  }

  #opensNumber(): boolean {
    const { top, codes } = this;
    const hash = (codes[top - 1]! | 0x20) === LOWER_X ? top - 2 : top - 1;
    return hash > 0 && codes[hash] === HASH && codes[hash - 1] === AMPERSAND;
  }

  /** Whether an escape ended. Then it is gone, and what it stood for is to be pushed. */
  #undoes(code: number, end: number): boolean {
    if (code === SEMICOLON) return this.#way === 'escaped' && this.#entity(end);
    if (digit(code) === -1) return false;
    const { top, codes } = this;
    const open = top >= 3 ? codes[top - 3] : undefined;
    if (open === (this.#way === 'quoted' ? EQUALS : PERCENT)) return this.#byte(3, end);
    if (this.#way === 'quoted') return false;
    if (top >= 4 && open === LOWER_X && codes[top - 4] === BACKSLASH) return this.#byte(4, end);
    if (top < 6 || codes[top - 5] !== LOWER_U || codes[top - 6] !== BACKSLASH) return false;
    const value = this.#number(4, 16);
    if (Number.isNaN(value)) return false;
    return this.#becomes(value, 6);
  }

  /** The number that the last characters are: 0 of none, whose zeros went; NaN when they are no number. */
  #number(characters: number, base: 10 | 16): number {
    let value = 0;
    for (let at = this.top - characters; at < this.top; at++) {
      const one = digit(this.codes[at]!);
      value = one === -1 || one >= base ? NaN : value * base + one;
    }
    return value;
  }

  #becomes(code: number, characters: number): true {
    this.#start = this.from[this.top - characters]!;
    this.top -= characters;
    this.#code = code;
    return true;
  }

  #point(point: number, characters: number, end: number): boolean {
    if (point > 0x10ffff) return false;
    if (point <= 0xffff) return this.#becomes(point, characters);
    this.#becomes(0xdc00 | ((point - 0x10000) & 0x3ff), characters);
    this.#append(0xd800 | ((point - 0x10000) >> 10), this.#start, end);
    return true;
  }

  #byte(characters: number, end: number): boolean {
    const value = this.#number(2, 16);
    if (Number.isNaN(value)) return false;
    this.#becomes(value, characters);
    if (value < 0x80) return true;
    this.#append(BYTE | value, this.#start, end);
    for (let bytes = 1; bytes <= Math.min(4, this.top); bytes++) {
      const lead = this.codes[this.top - bytes]! - BYTE;
      if (lead < 0x80 || lead > 0xff) return false;
      if (lead < 0xc0) continue;
      const needs = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
      if (needs !== bytes) return false;
      let point = lead & (0x7f >> needs);
      for (let at = this.top - bytes + 1; at < this.top; at++) point = (point << 6) | (this.codes[at]! & 0x3f);
      return this.#point(point, bytes, end);
    }
    return false;
  }

  #entity(end: number): boolean {
    for (let at = this.top - 2; at >= Math.max(0, this.top - ENTITY); at--) {
      if (this.codes[at] !== AMPERSAND) continue;
      const characters = this.top - at;
      if (this.codes[at + 1] === HASH) return this.#numbered(characters, end);
      const name = String.fromCharCode(...this.codes.subarray(at + 1, this.top - 1)).toLowerCase();
      const value = NAMED.get(name);
      return value !== undefined && this.#becomes(value.charCodeAt(0), characters);
    }
    return false;
  }

  #numbered(characters: number, end: number): boolean {
    const hex = (this.codes[this.top - characters + 2]! | 0x20) === LOWER_X;
    this.top -= 1;
    const digits = characters - (hex ? 4 : 3);
    const value = this.#number(digits, hex ? 16 : 10);
    this.top += 1;
    return !Number.isNaN(value) && this.#point(value, characters, end);
  }
}

/**
 * @param masks Whether a mask is one thing, and not the characters of which it is made. Not for a secret. Default: true.
 */
export function readAs(way: Way, text: string, work: Work, masks = true): Reading {
  const stack = new Stack(text.length, way, work);
  let at = 0;
  while (at < text.length) {
    const mask = masks ? text.indexOf(MASK, at) : -1;
    const end = mask === -1 ? text.length : mask;
    if (way === 'bare') stack.pushBare(text, at, end);
    else for (; at < end; at++) stack.push(text.charCodeAt(at), at, at + 1);
    at = end;
    if (mask !== -1) stack.mask(at, (at += MASK.length));
  }
  return stack.read();
}

/** Whether a text could say more when it is read this way. */
export function worthReading(way: Way, text: string): boolean {
  if (way === 'bare') return true;
  return way === 'escaped' ? /[%\\&+'"]/.test(text) : /=(?:[0-9a-f]{2}|\r?\n)/i.test(text);
}
