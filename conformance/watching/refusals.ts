/** What holds for one refusal. */

import { expect } from '../dial/expectation.ts';
import { described } from '../dial/reading.ts';
import type { Seen } from './seen.ts';

/** Refusals of the HTTP server, which never reached the endpoint. */
const BEFORE = new Set([404, 405, 408, 414, 417, 431]);

/** A call that the endpoint itself refused; what goes over a raw connection may be refused as HTTP. */
export const isRefusal = (seen: Seen): boolean =>
  seen.isCall &&
  seen.exchange.raw === undefined &&
  seen.isWhole &&
  seen.exchange.status >= 400 &&
  !BEFORE.has(seen.exchange.status);

/** JSON by its content type and its body, with a message and a type. */
export function expectEnvelope(seen: Seen): void {
  const { exchange, type } = seen;
  expect(/json/.test(type), 'JSON', described(exchange));
  const { message, type: kind } = seen.json?.error ?? {};
  for (const [name, value] of Object.entries({ message, type: kind })) {
    expect(typeof value === 'string' && value !== '', `error.${name} to be a text`, described(exchange));
  }
}
