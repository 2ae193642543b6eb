/**
 * Lawful variants: every case must stay silent about each. They are written as liars in front of the reference, and
 * each changes one thing about which nothing is promised.
 */

import { setTimeout as wait } from 'node:timers/promises';
import type { Liar, Mutant } from '../dial/mutant.ts';
import * as lie from '../vocabulary/liars.ts';
import { DONE } from '../wire/frames.ts';
import { LAWFUL_FRAMING } from './lawful-framing.ts';
import { LAWFUL_PROXIES } from './lawful-proxies.ts';
import { LAWFUL_FIELDS, LAWFUL_VALUES } from './lawful-json.ts';

/** Cuts the first `upTo` bytes of a reply into pieces of `size` bytes; the rest stays, for the sake of long streams. */
const inPieces = (size: number, upTo: number): Liar =>
  piped(() => {
    let cut = 0;
    return {
      transform(bytes, controller) {
        let at = 0;
        for (; at < bytes.length && cut < upTo; at += size, cut += size) controller.enqueue(bytes.slice(at, at + size));
        if (at < bytes.length) controller.enqueue(bytes.slice(at));
      },
    };
  });

/** Joins pieces up to `size` bytes, or until none came for 5 ms. */
const gathered = (size: number): Liar =>
  piped(() => {
    let held: Uint8Array[] = [];
    let timer: NodeJS.Timeout | undefined;
    const release = (controller: TransformStreamDefaultController<Uint8Array>): void => {
      clearTimeout(timer);
      if (held.length > 0) controller.enqueue(Buffer.concat(held));
      held = [];
    };
    return {
      transform(bytes, controller) {
        held.push(bytes);
        clearTimeout(timer);
        if (held.reduce((sum, { length }) => sum + length, 0) >= size) return release(controller);
        timer = setTimeout(() => {
          // The client may have disconnected.
          if (controller.desiredSize !== null) release(controller);
        }, 5);
      },
      flush: release,
      cancel: () => clearTimeout(timer),
    };
  });

type Through = NonNullable<ConstructorParameters<typeof TransformStream<Uint8Array, Uint8Array>>[0]>;

function piped(through: () => Through): Liar {
  return lie.replies((response) =>
    response.body ? new Response(response.body.pipeThrough(new TransformStream(through())), response) : response,
  );
}

const line = (data: string): string => `data: ${data}\n\n`;

/** The lawful variants by their names in `fixtures/proof`. */
export const LAWFUL: Readonly<Record<string, Mutant>> = {
  // Only the raw socket shows them as they were written.
  'header names in capitals': lie.raw(async (sent, faithful) => {
    const reply = await faithful(sent);
    const end = reply.bytes.indexOf('\r\n\r\n');
    const head = reply.bytes.slice(0, end).replaceAll(/^[\w-]+(?=: )/gm, (name) => name.toUpperCase());
    return end === -1 ? reply : { ...reply, bytes: head + reply.bytes.slice(end) };
  }),
  // RFC 9110, section 15.2: any number of them, in front of any final response.
  'interim responses in front of each': lie.raw(async (sent, faithful) => {
    const reply = await faithful(sent);
    const interim =
      'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n';
    return reply.bytes.startsWith('HTTP/1.') ? { ...reply, bytes: interim + reply.bytes } : reply;
  }),
  'content types in capitals': lie.headers((headers) => {
    const type = headers.get('content-type');
    if (type)
      headers.set(
        'content-type',
        type.replace(/^[^;]*/, (essence) => essence.toUpperCase()),
      );
  }),
  'content types without a charset': lie.headers((headers) => {
    const type = headers.get('content-type');
    if (type) headers.set('content-type', type.split(';')[0]!);
  }),
  'content types with a charset in quotes': lie.headers((headers) => {
    const type = headers.get('content-type');
    if (type) headers.set('content-type', `${type.split(';')[0]};charset="UTF-8"`);
  }),
  'headers in another order': lie.headers((headers) => {
    const pairs = [...headers].toReversed();
    for (const [name] of pairs) headers.delete(name);
    for (const [name, value] of pairs) headers.append(name, value);
  }),
  'headers of its own': lie.headers((headers) => {
    headers.set('x-request-id', 'req_1');
    headers.set('server', 'nginx');
    // Where one is configured, that one is promised.
    if (!headers.has('strict-transport-security')) headers.set('strict-transport-security', 'max-age=15552000');
    headers.set('openai-processing-ms', '12');
  }),
  'a limit of requests in its headers': lie.headers((headers) => headers.set('x-ratelimit-remaining-requests', '9')),
  'Retry-After in refusals': lie.replies((response) =>
    withHeader(response, response.status >= 400 && !response.headers.has('retry-after'), 'retry-after', '1'),
  ),
  'closes every connection': lie.headers((headers) => headers.set('connection', 'close')),
  'keeps every connection alive': lie.headers((headers) => headers.set('connection', 'keep-alive')),
  'a Content-Length for every answer that is whole': lie.replies(async (response) => {
    if (lie.isStream(response)) return response;
    const body = await response.arrayBuffer();
    const headers = new Headers(response.headers);
    headers.delete('transfer-encoding');
    headers.set('content-length', String(body.byteLength));
    return new Response(response.status === 204 ? null : body, { status: response.status, headers });
  }),
  'answers in pieces, without a Content-Length': lie.headers((headers) => {
    headers.delete('content-length');
    headers.set('transfer-encoding', 'chunked');
  }),
  'pieces of one byte': inPieces(1, 400),
  'pieces of seven bytes': inPieces(7, 2000),
  'pieces of 64 kB': gathered(64 * 1024),
  'comments between events': lie.events((data) => `: still here\n\n${line(data)}`),
  'a comment within each event': lie.events((data) => `: still here\n${line(data)}`),
  'a comment before the first event': lie.events((data, index) => (index === 0 ? `:\n\n${line(data)}` : line(data))),
  'a comment after the last event': lie.events((data) => line(data) + (data === DONE ? ': bye\n\n' : '')),
  'CRLF throughout': lie.events((data) => `data: ${data}\r\n\r\n`),
  'CR throughout': lie.events((data) => `data: ${data}\r\r`),
  'no space after data:': lie.events((data) => `data:${data}\n\n`),
  'blank lines between events': lie.events((data) => `${line(data)}\n\n`),
  ...LAWFUL_FIELDS,
  'OPTIONS among the methods that it allows': lie.headers((headers) => {
    const allowed = headers.get('allow');
    if (allowed !== null) headers.set('allow', `${allowed}, OPTIONS`);
  }),
  ...LAWFUL_VALUES,
  // RFC 9110, section 11.6.1, and RFC 6750, section 3.
  'a challenge in each 401': lie.replies((response) =>
    withHeader(response, response.status === 401, 'www-authenticate', 'Bearer realm="gateway1", error="invalid_token"'),
  ),
  ...LAWFUL_FRAMING,
  ...LAWFUL_PROXIES,
  'answers late': async (request, faithful) => {
    await wait(60);
    return faithful(request);
  },
  'speaks late': piped(() => {
    let late = 0;
    return {
      async transform(bytes, controller) {
        if (late++ < 50) await wait(2);
        controller.enqueue(bytes);
      },
    };
  }),
};

function withHeader(response: Response, holds: boolean, name: string, value: string): Response {
  if (!holds) return response;
  const headers = new Headers(response.headers);
  headers.set(name, value);
  return new Response(response.body, { status: response.status, headers });
}
