/**
 * The only ways for a case to say no. A `Violation` says what the contract wants and what came; an `Undecided` says that
 * the answer could not be read either way. Everything else that a case throws is somebody else's fault.
 */

export class Violation extends Error {
  readonly expected: string;
  readonly got: string;

  constructor(expected: string, got: string) {
    super(`expected ${expected}, got ${got}`);
    this.name = 'Violation';
    this.expected = expected;
    this.got = got;
  }
}

/** The answer can be read neither as yes nor as no. */
export class Undecided extends Error {
  constructor(reason: string) {
    super(`could not be judged: ${reason}`);
    this.name = 'Undecided';
  }
}

/** The longest piece of an answer that a message quotes, in characters. */
const QUOTED = 160;

/** A value as a message shows it: JSON, cut to one line. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : typeof value === 'bigint' ? String(value) : JSON.stringify(value);
  return text.length <= QUOTED ? text : `${text.slice(0, QUOTED)}… (${text.length} characters)`;
}

/** Ends the case as violated unless `held`. `got` is shown as JSON. */
export function expect(held: boolean, expected: string, got: unknown): asserts held {
  if (!held) throw new Violation(expected, shown(got));
}

export function expectEqual(got: unknown, wanted: unknown, what: string): void {
  if (!Object.is(got, wanted)) throw new Violation(`${what} ${shown(wanted)}`, shown(got));
}
