/** Authentication: calls that no HTTP client sends, two secrets at once and a body that never comes. */

import { ENDPOINT, type Dial } from '../../dial/dial.ts';
import type { Mutant } from '../../dial/mutant.ts';
import { described } from '../../dial/reading.ts';
import { Undecided } from '../../undecided.ts';
import { may, must } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import { finalStatus } from '../../wire/responses.ts';
import type { RawReply } from '../../wire/socket.ts';
import { expectRefused, secretOf, wrongSecret } from './credentials.ts';

/** How long a bad body is, in bytes: a gateway may read a short one at once, and a longer one along another way. */
const BODY_SIZES = [0, 70_000, 300_000];

/** Bodies that a client with the right secret gets a 400 for, of that size at least. */
const badBodies = (size: number): readonly string[] => [
  `{"model":${size > 0 ? `"${'x'.repeat(size)}` : ''}`,
  `{"messages":[]${size > 0 ? `,"note":"${'x'.repeat(size)}"` : ''}}`,
];

/** A gateway that answers 400 for a wrong or missing secret, where the body is one of these. */
const looksFirst = (like: (body: string) => boolean): Mutant => {
  const looked = lie.insteadOf(401, () => lie.answer(400, {}));
  return async (request, faithful) =>
    like(await request.clone().text()) ? looked(request, faithful) : faithful(request);
};

/** Larger than the body limit of any release (20 MiB), in bytes. */
const HUGE = 30 * 1024 * 1024;

/** The head of a call whose declared body is never sent. */
function hugeCall(dial: Dial, credential: string): string {
  const { host, pathname } = new URL(dial.deployment.baseUrl + ENDPOINT);
  return [
    `POST ${pathname} HTTP/1.1`,
    `Host: ${host}`,
    `Authorization: Bearer ${credential}`,
    'Content-Type: application/json',
    `Content-Length: ${HUGE}`,
    'Connection: close',
    '',
    '{"messages":[{"role":"user","content":"',
  ].join('\r\n');
}

function replyOf(status: number): RawReply {
  return { bytes: `HTTP/1.1 ${status} Refused\r\ncontent-length: 0\r\n\r\n`, end: 'closed', ms: 1 };
}

/** `authentication.two-headers` and `.before-body`. */
export const rawCalls = [
  // RFC 9110, section 5.3: a sender must not repeat it. Node keeps the first, proxies may join both.
  may('authentication.two-headers', {
    says: 'of two Authorization headers the first counts',
    source: 'https://www.rfc-editor.org/rfc/rfc9110#section-5.3',
    needs: ['credential'],
    async holds(dial) {
      const { host, pathname } = new URL(dial.deployment.baseUrl + ENDPOINT);
      const call = async (...secrets: string[]): Promise<string> => {
        const head = [`POST ${pathname} HTTP/1.1`, `Host: ${host}`, 'Content-Length: 2', 'Connection: close'];
        const sent = [...head, ...secrets.map((secret) => `Authorization: Bearer ${secret}`), '', '{}'].join('\r\n');
        const reply = await dial.raw(sent, (bytes) => finalStatus(bytes) !== undefined);
        if (reply.end === 'silent' && reply.bytes === '') throw new Undecided('no answer came');
        return String(finalStatus(reply.bytes) ?? reply.end);
      };
      const [good, wrong] = [secretOf(dial), wrongSecret(dial)];
      return `the good one first: ${await call(good, wrong)}, last: ${await call(wrong, good)}`;
    },
    catches: {
      'wants one and no more': lie.raw((sent, faithful) =>
        sent.split('Authorization:').length > 2 ? Promise.resolve(replyOf(400)) : faithful(sent),
      ),
    },
  }),
  // Otherwise a client without a secret learns what the schema is, and makes the gateway read 30 MB for nothing.
  must('authentication.before-body', {
    says: 'a wrong secret is refused before the body is looked at, or has come',
    needs: ['credential'],
    core: true,
    async holds(dial) {
      const credential = wrongSecret(dial);
      for (const size of dial.course.depth === 'quick' ? BODY_SIZES.slice(0, 2) : BODY_SIZES) {
        for (const body of badBodies(size)) {
          for (const bearer of [credential, null]) {
            const reply = await dial.sendOrReset(body, { credential: bearer });
            // RFC 9112, section 9.6: a server that closes at once takes its answer away with it.
            if ('reset' in reply) expectRefused(undefined, `a broken connection (${reply.reset})`);
            else expectRefused(reply.status, described(reply));
          }
        }
      }
      const reply = await dial.raw(hugeCall(dial, credential), (bytes) => finalStatus(bytes) !== undefined);
      const status = finalStatus(reply.bytes);
      expectRefused(status, status ?? `${reply.end} while 30 MB were still to come`);
    },
    catches: {
      'parses first': lie.aboutRequest(
        /^\{"model":$/,
        lie.insteadOf(401, () => lie.answer(400, {})),
      ),
      'validates first': lie.aboutRequest(
        /"messages":\[\]/,
        lie.insteadOf(401, () => lie.answer(400, {})),
      ),
      'parses more than 64 kB first': looksFirst((body) => body.length > 65_536 && !body.endsWith('}')),
      'validates more than 64 kB first': looksFirst((body) => body.length > 65_536 && body.endsWith('}')),
      'parses more than 256 kB first': looksFirst((body) => body.length > 262_144 && !body.endsWith('}')),
      'breaks the connection of more than 256 kB': async (request, faithful) => {
        const { byteLength } = await request.clone().arrayBuffer();
        const response = await faithful(request);
        return response.status === 401 && byteLength > 262_144 ? lie.reset() : response;
      },
      'waits for the whole body': lie.raw((sent, faithful) =>
        sent.includes(`Content-Length: ${HUGE}`)
          ? Promise.resolve({ bytes: '', end: 'silent', ms: 1 })
          : faithful(sent),
      ),
      'looks at the length first': lie.raw((sent, faithful) =>
        sent.includes(`Content-Length: ${HUGE}`) ? Promise.resolve(replyOf(413)) : faithful(sent),
      ),
    },
  }),
];
