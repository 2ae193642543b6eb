/** The reason of a refusal as text, for the journal and the log. */

import type { ServerResponse } from 'node:http';
import { PlainRefusal, type Refusal } from '../errors.ts';

const REASONS = new WeakMap<ServerResponse, string>();

/** The length at which a reason is cut, in characters. */
const LONGEST = 200;

/**
 * The message of a refusal, without its quotation of a body that is not JSON: the quotation may contain half of a secret,
 * which cannot be recognised.
 */
export function wordsOf({ message }: Refusal): string {
  const quotes = message.endsWith(' is not valid JSON');
  return quotes ? message.replace(/, (?:\.\.\.)?"[^]*$/, ' is not valid JSON') : message;
}

/** Keeps the reason of a refusal. One in plain text says no more than its status. */
export function keepReason(response: ServerResponse, refusal: Refusal): void {
  if (!(refusal instanceof PlainRefusal)) REASONS.set(response, wordsOf(refusal));
}

/** The reason of a refusal in one line without control characters; undefined for any other response. */
export function reasonOf(response: ServerResponse, redact: (text: string) => string): string | undefined {
  const words = REASONS.get(response);
  if (words === undefined) return undefined;
  const line = redact(words).replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`);
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}
