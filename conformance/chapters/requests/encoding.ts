/** What surrounds the JSON of a request: its Host header, its encoding, its content type. */

import { gzipSync } from 'node:zlib';
import hosts from '../../../fixtures/bad-hosts.json' with { type: 'json' };
import { ENDPOINT, type Body, type Dial } from '../../dial/dial.ts';
import { expect, shown } from '../../dial/expectation.ts';
import type { Mutant } from '../../dial/mutant.ts';
import { Undecided } from '../../undecided.ts';
import { may, should } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import { finalStatus } from '../../wire/responses.ts';
import type { RawReply } from '../../wire/socket.ts';

/** A call as bytes, with that Host header. */
function callTo(host: string, dial: Dial): string {
  const { deployment } = dial;
  const json = JSON.stringify(dial.body(`Say hello. ${dial.nonce}`));
  return [
    `POST ${new URL(deployment.baseUrl + ENDPOINT).pathname} HTTP/1.1`,
    `Host: ${host}`,
    ...(deployment.credential === undefined ? [] : [`Authorization: Bearer ${deployment.credential}`]),
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(json)}`,
    'Connection: close',
    '',
    json,
  ].join('\r\n');
}

/** Another reply to a call whose Host header is no host and port. */
const misled = (reply: RawReply): Mutant =>
  lie.raw(async (sent, faithful) =>
    /\r\nHost: (?:\[[^\]]*\]|[\w.-]+):\d{1,5}\r\n/.test(sent) ? faithful(sent) : reply,
  );
const fails = (status: string): Mutant =>
  misled({ bytes: `HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`, end: 'closed', ms: 1 });

interface Encoding {
  readonly id: string;
  readonly what: string;
  readonly encoded: (json: string) => Body;
  readonly headers: Readonly<Record<string, string>>;
}

const ENCODINGS: readonly Encoding[] = [
  { id: 'gzip', what: 'a gzip body', encoded: (json) => gzipSync(json), headers: { 'content-encoding': 'gzip' } },
  { id: 'bom', what: 'a byte order mark', encoded: (json) => `\uFEFF${json}`, headers: {} },
  { id: 'text', what: 'text/plain', encoded: (json) => json, headers: { 'content-type': 'text/plain' } },
  {
    id: 'form',
    what: 'a form content type',
    encoded: (json) => json,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  },
];

/** Refuses a request that is not plain JSON where the faithful gateway answers, and the other way round. */
const theOtherWay: Mutant = async (request, faithful) => {
  const bytes = await request.clone().bytes();
  const { headers } = request;
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb;
  const wrapped = marked || headers.has('content-encoding') || headers.get('content-type') !== 'application/json';
  const plain = bytes.length === 0 || !wrapped;
  const response = await faithful(request);
  if (plain) return response;
  return response.ok ? lie.answer(415, { error: { message: 'No.', type: 'invalid_request_error' } }) : lie.canned();
};

const badHosts = {
  'breaks on it': fails('500 Internal Server Error'),
  'takes itself for a proxy': fails('502 Bad Gateway'),
  'breaks the connection': misled({ bytes: '', end: 'reset', ms: 1 }),
};

/** `requests.bad-host.*` and `requests.encoded.*`. */
export const wrappings = [
  ...hosts.rows.map((row) =>
    // RFC 9112, section 3.2: 400 for an invalid Host. Releases before 2026.5.14 built a URL from it, and answered 500.
    should(`requests.bad-host.${row.id}`, {
      says: `a Host header of ${row.what} breaks nothing: no 5xx`,
      source: 'https://www.rfc-editor.org/rfc/rfc9112#section-3.2',
      async holds(dial) {
        const reply = await dial.raw(callTo(row.host, dial), (bytes) => finalStatus(bytes) !== undefined);
        if (reply.end === 'silent' && reply.bytes === '') throw new Undecided('no answer came');
        const status = finalStatus(reply.bytes) ?? Infinity;
        expect(status < 500, 'an answer or a refusal', reply.bytes ? reply.bytes.slice(0, 80) : shown(reply.end));
      },
      catches: badHosts,
    }),
  ),
  ...ENCODINGS.map(({ id, what, encoded, headers }) =>
    // Releases never check the content type; a gzip body is a 400, a byte order mark is accepted.
    may(`requests.encoded.${id}`, {
      says: `what becomes of a request with ${what}`,
      source: 'https://www.rfc-editor.org/rfc/rfc9110#section-8.4',
      async holds(dial) {
        const { status } = await dial.send(encoded(JSON.stringify(dial.body(`Say hello. ${dial.nonce}`))), { headers });
        return `${what}: ${status}`;
      },
      catches: { 'does the opposite': theOtherWay },
    }),
  ),
];
