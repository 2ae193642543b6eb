/** Checks of error responses. */
import type { Dial } from '../dial/dial.ts';
import { expect } from '../dial/expectation.ts';
import { described, jsonOf } from '../dial/reading.ts';
import type { Exchange } from '../wire/exchange.ts';

/** A valid call succeeds: refusals prove nothing when a gateway refuses every call. @throws {Violation} otherwise. */
export async function expectSound(dial: Dial): Promise<void> {
  const exchange = await dial.send(dial.body(`Say hello. ${dial.nonce}`));
  expect(exchange.status < 300, 'a call with nothing wrong to be answered', described(exchange));
}

/** The response to an invalid request: 400, with a message, and `invalid_request_error`. @throws {Violation} otherwise. */
export function expectInvalid(exchange: Exchange): void {
  expect(exchange.status === 400, '400, because the request is at fault', described(exchange));
  expectEnvelope(exchange, 400);
  const type: unknown = jsonOf(exchange)?.error?.type;
  expect(type === 'invalid_request_error', 'an error of type invalid_request_error', described(exchange));
}

/** The status, and a JSON error object with a message and a type. @throws {Violation} otherwise. */
export function expectEnvelope(exchange: Exchange, status: number): void {
  expect(exchange.status === status, `status ${status}`, described(exchange));
  const error: unknown = jsonOf(exchange)?.error;
  const { message, type } = (error ?? {}) as { message?: unknown; type?: unknown };
  expect(
    typeof message === 'string' && message !== '' && typeof type === 'string' && type !== '',
    'an error object in JSON with a message and a type',
    described(exchange),
  );
}

/**
 * The answer to a method that the resource does not allow: 405, with those that it allows. More are lawful, as OPTIONS is:
 * RFC 9110, section 10.2.1, wants the list of what the resource allows. @throws {Violation} otherwise.
 */
export function expectNotAllowed(exchange: Exchange, call: string, methods: readonly string[]): void {
  expect(exchange.status === 405, `405 for ${call}`, described(exchange));
  const allow = exchange.headers.get('allow');
  const allowed = (allow ?? '').split(',').map((method) => method.trim());
  expect(
    methods.every((one) => allowed.includes(one)),
    `for ${call} an Allow header with ${methods.join(' and ')}`,
    allow,
  );
}

/** Expects a refusal that names the scope that is missing. */
export function expectForbidden(exchange: Exchange, scope: string): void {
  expect(exchange.status === 403, '403', described(exchange));
  const { type, message } = jsonOf(exchange)?.error ?? {};
  const named = type === 'forbidden' && String(message).includes(scope);
  expect(named, `an error of type forbidden that names ${scope}`, described(exchange));
}
