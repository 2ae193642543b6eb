/**
 * The only ways for a case to say no. A `Violation` says what the contract wants and what came; an `Undecided` says that
 * the answer could not be read either way. Everything else that a case throws is somebody else's fault.
 */

export class Violation extends Error {
  readonly expected: string;
  readonly got: string;

  constructor(expected: string, got: string | Words) {
    super(`expected ${expected}, got ${String(got)}`);
    this.name = 'Violation';
    this.expected = expected;
    this.got = String(got);
  }
}

/** What came, in words: a message takes it as it is, where a value becomes JSON. */
export class Words {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** The longest piece of an answer that a message quotes, in characters. */
const QUOTED = 160;

/** What a message quotes of a text. */
export function quoted(text: string): string {
  return text.length <= QUOTED ? text : `${text.slice(0, QUOTED)}… (${text.length} characters)`;
}

/** A value as a message shows it: JSON, cut. */
export function shown(value: unknown): string {
  if (value instanceof Words) return String(value);
  return quoted(value === undefined ? 'nothing' : typeof value === 'bigint' ? String(value) : JSON.stringify(value));
}

/** Ends the case as violated unless `held`. `got` is shown as JSON, but for `Words`. */
export function expect(held: boolean, expected: string, got: unknown): asserts held {
  if (!held) throw new Violation(expected, shown(got));
}

export function expectEqual(got: unknown, wanted: unknown, what: string): void {
  if (!Object.is(got, wanted)) throw new Violation(`${what} ${shown(wanted)}`, shown(got));
}
