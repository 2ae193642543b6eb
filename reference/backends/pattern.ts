/**
 * Regular expressions of an author's, on texts of a stranger's. A pattern such as `(a+)+$` takes JavaScript's own engine a
 * lifetime on a text made for it, and while it runs nothing else does: so they are RE2's, whose time is the size of the
 * pattern times the length of the text, and both have a bound. What RE2 leaves out is lookaround and backreferences.
 * Source: https://github.com/google/re2/wiki/Syntax
 */

import { createRequire } from 'node:module';

/** A regular expression as a reply has it. */
export interface Pattern {
  readonly pattern: string;
  /** Of i, m, s and u. */
  readonly flags?: string | undefined;
}

/** How long a pattern is at most, in characters, and how many instructions it compiles to. */
export const PATTERN_CHARACTERS = 1_000;
const PATTERN_SIZE = 1_000;

/** How much an engine remembers of what it has seen, in bytes: more of it makes a bad pattern slower, not a good one faster. */
const MEMORY = 128 * 1024;

/** How many instructions on how many characters all patterns of one call may take together: at worst some 0.1 s. */
const STEPS = 2_000_000;

/** What a call may still spend on patterns. The same call is always answered the same: it counts no time. */
export class Effort {
  #left = STEPS;
  #short = false;

  /** Whether there was a text that could not be searched as a whole. */
  get short(): boolean {
    return this.#short;
  }

  /** How much of a text can be searched, in characters; what it costs is spent. */
  take(size: number, characters: number): number {
    const affordable = Math.min(characters, Math.floor(this.#left / size));
    this.#left -= affordable * size;
    this.#short ||= affordable < characters;
    return affordable;
  }
}

interface Engine {
  readonly size: number;
  readonly search: (text: string) => boolean;
}

const engines = new WeakMap<Pattern, Engine>();

/** Loaded only for a reply with a pattern, and synchronously: an error in it is reported where it is read. */
function engineOf(pattern: Pattern): Engine {
  const known = engines.get(pattern);
  if (known !== undefined) return known;
  const { RE2JS, RE2Set } = createRequire(import.meta.url)('re2js') as typeof import('re2js');
  const { flags = '' } = pattern;
  const source = RE2JS.translateRegExp(pattern.pattern);
  const size = RE2JS.compile(source).programSize();
  if (size > PATTERN_SIZE) throw new Error(`one of ${size} instructions, more than ${PATTERN_SIZE}`);
  const meant =
    (flags.includes('i') ? RE2JS.CASE_INSENSITIVE : 0) |
    (flags.includes('m') ? RE2JS.MULTILINE : 0) |
    (flags.includes('s') ? RE2JS.DOTALL : 0);
  const set = new RE2Set(RE2Set.UNANCHORED, meant, MEMORY);
  set.add(source);
  set.compile();
  const engine = { size, search: (text: string) => set.match(text).length > 0 };
  engines.set(pattern, engine);
  return engine;
}

/** Why a pattern cannot be used; undefined when it can. */
export function faultOf(pattern: Pattern): string | undefined {
  if (pattern.pattern.length > PATTERN_CHARACTERS) return undefined; // Its length is told already.
  try {
    engineOf(pattern);
    return undefined;
  } catch (cause) {
    return cause instanceof Error ? cause.message.replace('error parsing regexp: ', '') : 'an unreadable one';
  }
}

/** Whether a pattern is found in a text, or in as much of it as there is effort for. */
export function found(pattern: Pattern, text: string, effort: Effort): boolean {
  const { size, search } = engineOf(pattern);
  return search(text.slice(0, effort.take(size, text.length)));
}
