/** Why a call was refused, in words for those who watch: the journal, and the line of the log. */

import type { ServerResponse } from 'node:http';
import { PlainRefusal, type Refusal } from '../errors.ts';

const REASONS = new WeakMap<ServerResponse, string>();

/** How much of a reason a line has, in characters. */
const LONGEST = 200;

/**
 * The words of a refusal, without what they quote of a body that is not JSON: of a secret that stands there the quotation
 * may have a half, which nothing tells from any other word.
 */
export function wordsOf({ message }: Refusal): string {
  const quotes = message.endsWith(' is not valid JSON');
  return quotes ? message.replace(/, (?:\.\.\.)?"[^]*$/, ' is not valid JSON') : message;
}

/** Keeps why an answer is a refusal. One in plain text says no more than its status. */
export function keepReason(response: ServerResponse, refusal: Refusal): void {
  if (!(refusal instanceof PlainRefusal)) REASONS.set(response, wordsOf(refusal));
}

/** Why an answer is a refusal, in one line that a terminal may be given; undefined for any other answer. */
export function reasonOf(response: ServerResponse, redact: (text: string) => string): string | undefined {
  const words = REASONS.get(response);
  if (words === undefined) return undefined;
  const line = redact(words).replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`);
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}
