/** Lawful variants of the bytes of HTTP and of event streams, each with the section that allows it. */

import type { Mutant } from '../dial/mutant.ts';
import * as lie from '../vocabulary/liars.ts';
import { rawResponses, type RawResponse } from '../wire/responses.ts';
import type { RawReply } from '../wire/socket.ts';
import { DONE } from '../wire/frames.ts';

const line = (data: string): string => `data: ${data}\n\n`;

/** Rewrites the reply to a request of HTTP/1.1; what becomes of an upgrade is no answer. */
const replies = (rewrite: (reply: RawReply) => RawReply): Mutant =>
  lie.raw(async (sent, faithful) => {
    const reply = await faithful(sent);
    const isPlain = reply.bytes.startsWith('HTTP/1.1 ') && !reply.bytes.startsWith('HTTP/1.1 101');
    return isPlain && !sent.includes(' HTTP/1.0\r\n') ? rewrite(reply) : reply;
  });

/** Rewrites a reply that is one whole answer. */
const answers = (rewrite: (answer: RawResponse, head: string, reply: RawReply) => RawReply): Mutant =>
  replies((reply) => {
    const [answer, ...others] = rawResponses(reply.bytes, reply.end === 'closed');
    const end = reply.bytes.indexOf('\r\n\r\n');
    return answer && others.length === 0 && !reply.bytes.startsWith('HTTP/1.1 1')
      ? rewrite(answer, reply.bytes.slice(0, end), reply)
      : reply;
  });

/** The head without what says how long the body is. */
const unframed = (head: string): string => head.replaceAll(/\r\n(?:content-length|transfer-encoding):[^\r]*/gi, '');

/** The body in chunks of three bytes, each size as `size` writes it. */
function inChunks(body: string, size: (bytes: number) => string, trailer = ''): string {
  const pieces = body.match(/[^]{1,300}/g) ?? [];
  return `${pieces.map((piece) => `${size(piece.length)}\r\n${piece}\r\n`).join('')}0\r\n${trailer}\r\n`;
}
const chunked = (size: (bytes: number) => string, trailer?: string): Mutant =>
  answers(({ body }, head, reply) => ({
    ...reply,
    bytes: `${unframed(head)}\r\nTransfer-Encoding: chunked\r\n\r\n${inChunks(body, size, trailer)}`,
  }));
const hex = (bytes: number): string => bytes.toString(16);
const interim = (text: string): Mutant =>
  replies((reply) => ({ ...reply, bytes: `HTTP/1.1 ${text}\r\n\r\n${reply.bytes}` }));
/** Rewrites each line of a head but the first. */
const fields = (rewrite: (name: string, value: string) => string): Mutant =>
  answers((_, head, reply) => {
    const [first, ...lines] = head.split('\r\n');
    const written = lines.map((one) => rewrite(one.slice(0, one.indexOf(':')), one.slice(one.indexOf(':') + 1).trim()));
    return { ...reply, bytes: [first, ...written].join('\r\n') + reply.bytes.slice(head.length) };
  });

/** By their names in `fixtures/proof`. */
export const LAWFUL_FRAMING: Readonly<Record<string, Mutant>> = {
  // RFC 9110, section 15.2: a client is able to parse them, whether it waits for one or not.
  'an interim response of 102': interim('102 Processing'),
  'early hints': interim('103 Early Hints\r\nLink: </style.css>; rel=preload'),
  // RFC 9112, section 4: a client ignores the reason phrase, which may be empty.
  'no reason phrase': replies((reply) => ({
    ...reply,
    bytes: reply.bytes.replace(/^(HTTP\/1\.1 \d{3} )[^\r]*/, '$1'),
  })),
  'a reason phrase of its own': replies((reply) => ({
    ...reply,
    bytes: reply.bytes.replace(/^(HTTP\/1\.1 \d{3} )[^\r]*/, '$1As you like it'),
  })),
  // RFC 9112, section 5.1.
  'no blank behind the names of headers': fields((name, value) => `${name}:${value}`),
  'blanks and tabs around the values of headers': fields((name, value) => `${name}: \t ${value} \t`),
  'header names in lower case': fields((name, value) => `${name.toLowerCase()}: ${value}`),
  // RFC 9112, section 7.1: sizes are hexadecimal in either case, with zeros in front, and section 7.1.1: extensions.
  'chunks with extensions': chunked((bytes) => `${hex(bytes)};a=1;b="c"`),
  'sizes of chunks in capitals, with zeros in front': chunked((bytes) => `000${hex(bytes).toUpperCase()}`),
  // RFC 9110, section 6.5.
  trailers: chunked(hex, 'X-Sum: 1\r\n'),
  // RFC 9112, section 6.3, rule 8.
  'a body that ends with its connection': answers(({ body }, head, reply) => ({
    ...reply,
    bytes: `${unframed(head).replaceAll(/\r\n(?:connection|keep-alive):[^\r]*/gi, '')}\r\nConnection: close\r\n\r\n${body}`,
    end: 'closed',
  })),
  // RFC 9112, section 9.6: behind an answer that says close nothing more is answered.
  'one answer for each connection': lie.raw(async (sent, faithful) => {
    const second = sent.indexOf('POST ', 5);
    const first =
      second > 0 && /\r\n\r\n[^]*\}\s*POST /.test(sent) ? sent.slice(0, sent.search(/(?<=\})\s*POST /)) : sent;
    if (first === sent) return faithful(sent);
    const reply = await faithful(first.replace('\r\n', '\r\nConnection: close\r\n'));
    return { ...reply, end: 'closed' };
  }),
  // RFC 9110, section 6.6.1: an origin server without a clock sends none.
  'no Date': lie.headers((headers) => headers.delete('date')),
  // RFC 9110, section 8.3.1.
  'content types with blanks before their parameters': lie.headers((headers) => {
    const type = headers.get('content-type');
    if (type) headers.set('content-type', type.replace(/;\s*/g, ' ; '));
  }),
  'content types with a parameter of their own': lie.headers((headers) => {
    const type = headers.get('content-type');
    if (type) headers.set('content-type', `${type}; profile=chat`);
  }),
  // RFC 9110, section 10.2.3.
  'Retry-After as a date in refusals': lie.replies((response) => {
    if (response.status < 400 || response.headers.has('retry-after')) return response;
    const headers = new Headers(response.headers);
    headers.set('retry-after', new Date(Date.now() + 1000).toUTCString());
    return new Response(response.body, { status: response.status, headers });
  }),
  // RFC 6265, section 4.1: those of a load balancer.
  'cookies of its own': lie.headers((headers) =>
    headers.append('set-cookie', '__cf_bm=a1B2c3D4e5; Path=/; HttpOnly; Secure'),
  ),
  // RFC 9111, section 5.2.2; RFC 9110, sections 12.5.5 and 8.8.3; https://nginx.org/en/docs/http/ngx_http_proxy_module.html
  'headers about caches and buffers': lie.headers((headers) => {
    headers.set('cache-control', 'no-cache, no-store, no-transform, must-revalidate');
    headers.set('vary', 'Origin, Accept-Encoding');
    headers.set('etag', 'W/"1f-a1b2c3d4e5f6"');
    headers.set('x-accel-buffering', 'no');
  }),
  // RFC 7838; https://www.w3.org/TR/server-timing/ and https://www.w3.org/TR/trace-context/
  'headers about ways and times': lie.headers((headers) => {
    headers.set('alt-svc', 'h3=":443"; ma=86400');
    headers.set('via', '1.1 proxy.example');
    headers.set('server-timing', 'run;dur=12.3');
    headers.set('traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01');
  }),
  // https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
  'a byte order mark before the first event': lie.events(
    (data, index) => `${index === 0 ? '\uFEFF' : ''}${line(data)}`,
  ),
  'blank lines before the first event': lie.events((data, index) => `${index === 0 ? '\n\n' : ''}${line(data)}`),
  'two kilobytes of padding before the first event': lie.events(
    (data, index) => `${index === 0 ? `:${' '.repeat(2048)}\n\n` : ''}${line(data)}`,
  ),
  'line ends of two kinds': lie.events((data, index) => (index % 2 ? `data: ${data}\r\n\r\n` : line(data))),
  'CRLF, and comments that tell the time': lie.events(
    (data) => `: ping - 2026-11-28 04:00:00.000000+00:00\r\n\r\ndata: ${data}\r\n\r\n`,
  ),
  'a comment with colons, and one in another script': lie.events((data) => `::a: b\n: 漢字 \u{1F600}\n${line(data)}`),
  'blanks around the JSON of events': lie.events((data) => (data === DONE ? line(data) : `data: \t ${data} \t\n\n`)),
};
