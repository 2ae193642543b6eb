/** How the bytes of an answer travel. */

import { expect, expectEqual } from '../dial/expectation.ts';
import { joined } from '../wire/exchange.ts';
import type { Seen } from './seen.ts';

const codingOf = ({ exchange }: Seen): string => exchange.headers.get('content-encoding')?.trim().toLowerCase() ?? '';

/** It says how long its body is, and the body is known as it was sent. */
export function isMeasured(seen: Seen): boolean {
  const { exchange } = seen;
  const { status, headers, request } = exchange;
  const bodiless = request.method === 'HEAD' || status < 200 || status === 204 || status === 304;
  const plain = codingOf(seen) === '' || codingOf(seen) === 'identity';
  return seen.isWhole && !bodiless && plain && headers.has('content-length') && !headers.has('transfer-encoding');
}

/** The body is as long as its Content-Length, in bytes; only where `isMeasured`. */
export function expectLength({ exchange }: Seen): void {
  expectEqual(Number(exchange.headers.get('content-length')), joined(exchange.pieces).length, 'a Content-Length of');
}

/** An answer whose framing is known as it was sent. */
export const isFramed = ({ exchange }: Seen): boolean => exchange.raw !== undefined;

/** No transfer coding for HTTP/1.0, none beside a length, and none where there is no body: RFC 9112, sections 6.1 and 6.2. */
export function expectFraming({ exchange: { raw, headers, status } }: Seen): void {
  const coding = headers.get('transfer-encoding');
  if (coding === null) return;
  expect(raw?.version !== '1.0', 'no Transfer-Encoding in an answer to HTTP/1.0', coding);
  expect(status >= 200 && status !== 204, `no Transfer-Encoding in a ${status}`, coding);
  const length = headers.get('content-length');
  expect(length === null, 'no Content-Length beside a Transfer-Encoding', length);
}

/** What the request says of codings; undefined when it says nothing, which allows any: RFC 9110, section 12.5.3. */
export function accepted({ exchange }: Seen): string | undefined {
  return exchange.request.headers.find(([name]) => name.toLowerCase() === 'accept-encoding')?.[1];
}

/** The content codings are among those that the request accepts. */
export function expectAllowedCoding(seen: Seen): void {
  const allowed = accepted(seen) ?? '*';
  for (const coding of codingOf(seen)
    .split(',')
    .map((one) => one.trim())) {
    expect(
      coding === '' || coding === 'identity' || allows(allowed, coding),
      `no content coding but of "${allowed}"`,
      coding,
    );
  }
}

/** Whether a list of codings with weights allows one. */
function allows(list: string, coding: string): boolean {
  const entries = list
    .toLowerCase()
    .split(',')
    .map((entry) => {
      const [name = '', ...parameters] = entry.split(';').map((part) => part.trim());
      const weight = parameters.find((one) => one.startsWith('q='));
      return { name: name.replace(/^x-/, ''), isOff: weight !== undefined && Number(weight.slice(2)) === 0 };
    });
  const named =
    entries.find(({ name }) => name === coding.replace(/^x-/, '')) ?? entries.find(({ name }) => name === '*');
  return named !== undefined && !named.isOff;
}
