/** How requests and answers travel: lengths, codings, and a body that waits for a response. */

import { ENDPOINT, type Dial } from '../../dial/dial.ts';
import { expect } from '../../dial/expectation.ts';
import type { Liar, Mutant } from '../../dial/mutant.ts';
import { Undecided } from '../../undecided.ts';
import { kept, must } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import { echo } from '../../vocabulary/prompts.ts';
import { rewritten, type Rewriting } from '../../vocabulary/rewriting.ts';
import { Seen } from '../../watching/seen.ts';
import * as transfer from '../../watching/transfer.ts';
import { exchangesIn } from '../../wire/raw-exchanges.ts';
import { closes, rawResponses } from '../../wire/responses.ts';
import type { RawReply } from '../../wire/socket.ts';

const MODES = [{}, { stream: true }];

/** The bytes of a call, in that spelling. */
function bytesOf(dial: Dial, fields: object, way: Rewriting = {}): { readonly url: URL; readonly sent: string } {
  const { credential, baseUrl } = dial.deployment;
  const url = new URL(baseUrl + ENDPOINT);
  const headers = {
    ...(credential !== undefined && { Authorization: `Bearer ${credential}` }),
    'Content-Type': 'application/json',
  };
  return { url, sent: rewritten({ url, headers, body: { ...dial.body(`Say hello. ${dial.nonce}`), ...fields } }, way) };
}

/** Sends a call over a connection of its own, in that spelling. */
async function spelled(
  dial: Dial,
  fields: object,
  way: Rewriting,
): Promise<{ readonly reply: RawReply; readonly seen: Seen | undefined }> {
  const { url, sent } = bytesOf(dial, fields, way);
  const reply = await dial.raw(sent, (bytes) => rawResponses(bytes, false).length > 0);
  const [exchange] = exchangesIn({ sent, reply, url: url.href, beganAt: Date.now() - reply.ms });
  return { reply, seen: exchange && new Seen(exchange) };
}

/** Says another length of whole answers. */
const measured = (lengthOf: (text: string) => number): Liar =>
  lie.replies(async (response) => {
    if (lie.isStream(response)) return response;
    const text = await response.text();
    const headers = new Headers(response.headers);
    headers.delete('transfer-encoding');
    headers.set('content-length', String(lengthOf(text)));
    return new Response(text, { status: response.status, headers });
  });

/** Says that answers are compressed; the body is plain, as fetch would decode it. */
const coded = (holds: (response: Response) => boolean): Liar =>
  lie.replies((response) => {
    if (!holds(response)) return response;
    const headers = new Headers(response.headers);
    headers.delete('content-length');
    headers.set('content-encoding', 'gzip');
    return new Response(response.body, { status: response.status, headers });
  });

/** Chunks its answers to such requests; `keeping` leaves the length where it is. */
const chunks = (like: (sent: string, reply: string) => boolean, keeping = false): Mutant =>
  lie.raw(async (sent, faithful) => {
    const reply = await faithful(sent);
    if (!like(sent, reply.bytes)) return reply;
    const [response] = rawResponses(reply.bytes, reply.end === 'closed');
    const begin = reply.bytes.indexOf('\r\n\r\n');
    if (!response) return reply;
    const head = reply.bytes.slice(0, begin).replaceAll(/\r\n(?:content-length|transfer-encoding):[^\r]*/gi, '');
    const { body } = response;
    const length = keeping ? `\r\nContent-Length: ${body.length}` : '';
    const bytes = `${head}${length}\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    return { ...reply, bytes };
  });
const isOld = (sent: string): boolean => sent.includes(' HTTP/1.0\r\n');

/** What a connection is used for before it is used again: the body, and whether the secret is wrong. */
const TURNS = [
  { what: 'a whole answer', fields: {} },
  { what: 'a stream', fields: { stream: true } },
  { what: 'a 400', fields: { messages: [] } },
  { what: 'a 401', fields: {}, wrong: true },
] as const;

/** Closes the connection behind a first response that is like this, without a word of it. */
const closesBehind = (like: (status: number, bytes: string) => boolean): Mutant =>
  lie.raw(async (sent, faithful) => {
    const reply = await faithful(sent);
    const [first, second] = rawResponses(reply.bytes, reply.end === 'closed');
    if (!first || !second || !like(first.status, reply.bytes)) return reply;
    return { ...reply, end: 'closed', bytes: reply.bytes.slice(0, reply.bytes.lastIndexOf('HTTP/1.1 ')) };
  });

const expects = (sent: string): boolean => /\r\nexpect: *100-continue/i.test(sent);
/** Never says 100: the body comes when the client has waited long enough. */
const neverContinues = (like: (sent: string) => boolean): Mutant =>
  lie.raw(async (sent, faithful) => {
    if (!expects(sent) || !like(sent)) return faithful(sent);
    return { ...(await faithful(sent.replace(/\r\nexpect:[^\r]*/i, ''))), unanswered: true };
  });

/** The cases, in the order of the contract. */
export const transferCases = [
  // A client that reads as many bytes as it is told waits for ever, or loses the end.
  must('endpoint.content-length', {
    says: 'a Content-Length is the number of bytes of the body',
    source: 'https://www.rfc-editor.org/rfc/rfc9110#section-8.6',
    core: true,
    watched: true,
    async holds(dial) {
      const plain = new Seen(await dial.send(dial.body(`Say hello. ${dial.nonce}`)));
      const coloured = new Seen(await dial.send(dial.body(echo(`\u{1F44B} ${dial.nonce}`))));
      for (const seen of [plain, coloured]) if (transfer.isMeasured(seen)) transfer.expectLength(seen);
    },
    catches: {
      'counts characters': measured((text) => text.length),
      'counts a line end that it does not send': measured((text) => Buffer.byteLength(text) + 1),
      'counts characters of refusals': lie.replies((response, request) =>
        response.status >= 400 ? measured((text) => text.length + 1)(request, async () => response) : response,
      ),
    },
  }),
  // curl and many SDKs do not decode what they did not ask for: their user sees bytes.
  must('endpoint.content-coding', {
    says: 'an answer has no content coding that the request does not allow',
    source: 'https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3',
    core: true,
    watched: true,
    async holds(dial) {
      const headers = { 'accept-encoding': 'identity' };
      for (const fields of [...MODES, { messages: [] }]) {
        const exchange = await dial.send(dial.body(`Say hello. ${dial.nonce}`, fields), { headers });
        transfer.expectAllowedCoding(new Seen(exchange));
      }
    },
    catches: {
      'compresses whatever was asked': coded(() => true),
      'compresses streams whatever was asked': coded(lie.isStream),
      'compresses refusals whatever was asked': coded(({ status }) => status >= 400),
    },
  }),
  // nginx asks its upstreams by HTTP/1.0 as it comes: it passes the sizes of the chunks on as text.
  must('endpoint.transfer-coding', {
    says: 'an answer to HTTP/1.0 has no Transfer-Encoding, and no answer has it beside a Content-Length',
    source: 'https://www.rfc-editor.org/rfc/rfc9112#section-6.1',
    core: true,
    watched: true,
    async holds(dial) {
      const old = { version: '1.0' } as const;
      const calls = [...MODES, { messages: [] }].map((fields) => ({ fields, way: old }));
      for (const { fields, way } of [...calls, { fields: {}, way: {} }]) {
        const { seen } = await spelled(dial, fields, way);
        if (!seen) throw new Undecided('no whole answer came');
        transfer.expectFraming(seen);
      }
    },
    catches: {
      'chunks streams to HTTP/1.0': chunks((sent, reply) => isOld(sent) && reply.includes('text/event-stream')),
      'chunks whole answers to HTTP/1.0': chunks((sent, reply) => isOld(sent) && reply.includes('application/json')),
      'chunks refusals to HTTP/1.0': chunks((sent, reply) => isOld(sent) && / 4\d\d /.test(reply.slice(0, 14))),
      'says both to HTTP/1.1': chunks((sent, reply) => !isOld(sent) && / 200 /.test(reply.slice(0, 14)), true),
    },
  }),
  // Clients keep connections: the next call on one that is closed without a word is an ECONNRESET of its user.
  kept('endpoint.connection', {
    says: 'a connection that an answer leaves open takes the next call',
    source: 'https://www.rfc-editor.org/rfc/rfc9112#section-9.3',
    core: true,
    async holds(dial) {
      // One after the other: an endless answer is held once, and not four times.
      for (const { what, fields, ...turn } of TURNS) {
        const { sent } = bytesOf(dial, fields);
        const first = 'wrong' in turn ? sent.replace(/Bearer [^\r]*/, `Bearer wrong-${dial.nonce}`) : sent;
        const answers = (bytes: string, count: number): boolean => rawResponses(bytes, false).length >= count;
        const reply = await dial.raw(first, (bytes) => bytes.lastIndexOf('HTTP/1.') > 0 && answers(bytes, 2), {
          sent: bytesOf(dial, {}).sent,
          when: (bytes) => answers(bytes, 1),
        });
        const [one, two] = rawResponses(reply.bytes, reply.end === 'closed');
        if (!one) throw new Undecided(`no whole answer came: ${what}`);
        if (closes(one)) continue;
        if (!two && reply.end === 'silent') throw new Undecided(`the call behind ${what} was not answered in time`);
        const end = reply.end === 'reset' ? 'a broken connection' : 'a closed connection';
        expect(two !== undefined, `an answer to the call behind ${what}, on the same connection`, end);
      }
    },
    catches: {
      'closes it behind whole answers': closesBehind(
        (status, bytes) => status === 200 && !bytes.includes('event-stream'),
      ),
      'closes it behind streams': closesBehind((_, bytes) => bytes.includes('event-stream')),
      'closes it behind refusals': closesBehind((status) => status >= 400),
      'closes it behind a wrong secret': closesBehind((status) => status === 401),
    },
  }),
  // A client that holds its body back, as those of Java, .NET and curl do, waits for nothing, or for ever.
  must('endpoint.expect', {
    says: 'a request with Expect: 100-continue gets 100, or its answer, before its body',
    source: 'https://www.rfc-editor.org/rfc/rfc9110#section-10.1.1',
    core: true,
    async holds(dial) {
      for (const fields of MODES) {
        const { reply, seen } = await spelled(dial, fields, { headers: { Expect: '100-continue' } });
        expect(!reply.unanswered, '100, or an answer, before the body', 'nothing while the body was held back');
        if (!seen) throw new Undecided('no whole answer came');
      }
    },
    catches: {
      'never says 100': neverContinues(() => true),
      'never says 100 to streams': neverContinues((sent) => sent.includes('"stream":true')),
      'waits for a body that waits for it': lie.raw(async (sent, faithful) =>
        expects(sent) ? { bytes: '', end: 'silent', ms: 1, unanswered: true } : faithful(sent),
      ),
    },
  }),
];
