/**
 * Foreign text as it may be printed. What a gateway, a release, or somebody else's report says is made printable once,
 * where it enters a report or a message; the formats then escape what their own grammar needs, and nothing else.
 *
 * What a terminal, a log or a reader would obey instead of show is spelled as JSON spells it: `\n`, `\r`, `\t`, else
 * `\u` and four hexadecimal digits of each UTF-16 code unit, in lower case. That is:
 *
 * - controls: U+0000 to U+001F, U+007F to U+009F; line ends inside a value are among them;
 * - the other line ends: U+2028, U+2029;
 * - marks of direction: U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069;
 * - what XML 1.0 cannot hold: U+FFFE, U+FFFF, and halves of a surrogate pair;
 * - the `[` of `##[`: GitHub's runner obeys `##[command]` anywhere in a line.
 *
 * A backslash stays as it is, so that a text in JSON is read as it came. What is printable stays the same.
 */
import { redaction } from './redaction.ts';

const UNPRINTABLE =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]|(?<=##)\[/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** One line, whatever the text holds. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (unit) => SHORT[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The same in every string of a value that JSON can hold, however deep; names of properties stay. */
export function printableIn<T>(value: T): T {
  if (typeof value === 'string') return printable(value) as T;
  if (Array.isArray(value)) return value.map(printableIn) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, printableIn(inner)])) as T;
}

/** What leaves the process of a text that others wrote: without the secrets, and printable. */
export function cleaning(secrets: Parameters<typeof redaction>[0]): (text: string) => string {
  const redact = redaction(secrets);
  return (text) => printable(redact(text));
}
