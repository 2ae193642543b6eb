/**
 * Makes foreign text printable. Text of a gateway, a release, or another author's report is made printable once,
 * where it enters a report or a message; the formats then escape what their own grammar needs, and nothing else.
 *
 * Characters that a terminal, a log or a reader would interpret instead of show are escaped as in JSON: `\n`, `\r`, `\t`, else
 * `\u` and four hexadecimal digits of each UTF-16 code unit, in lower case. These are:
 *
 * - controls: U+0000 to U+001F, U+007F to U+009F; line ends inside a value are among them;
 * - the other line ends: U+2028, U+2029;
 * - marks of direction: U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069;
 * - not allowed in XML 1.0: U+FFFE, U+FFFF, and halves of a surrogate pair;
 * - the `[` of `##[`: GitHub's runner executes `##[command]` anywhere in a line.
 *
 * A backslash is not escaped, so that JSON text keeps its meaning. Printable text is unchanged: the function is idempotent.
 */
import { redaction } from './redaction.ts';

const UNPRINTABLE =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]|(?<=##)\[/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The text on one line, with those characters escaped. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (unit) => SHORT[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Applies `printable` to every string of a JSON value, at any depth; property names are unchanged. */
export function printableIn<T>(value: T): T {
  if (typeof value === 'string') return printable(value) as T;
  if (Array.isArray(value)) return value.map(printableIn) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, printableIn(inner)])) as T;
}

/** Prepares foreign text for output: secrets are redacted, then the rest is made printable. */
export function cleaning(secrets: Parameters<typeof redaction>[0]): (text: string) => string {
  const redact = redaction(secrets);
  return (text) => printable(redact(text));
}
