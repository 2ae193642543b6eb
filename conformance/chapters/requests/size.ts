/** How large a request may be, and how one that is too large is refused. */

import type { Body, Dial } from '../../dial/dial.ts';
import { Violation, expect } from '../../dial/expectation.ts';
import type { Mutant } from '../../dial/mutant.ts';
import { described, textOf } from '../../dial/reading.ts';
import { kept, must, should } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import { WHICH_WORD, knows, remember } from '../../vocabulary/prompts.ts';
import { expectEnvelope } from '../../vocabulary/refusal.ts';
import type { Exchange } from '../../wire/exchange.ts';
import { messages } from './liars.ts';

const ISSUE = 'https://github.com/openclaw/openclaw/pull/34068';
const MiB = 1024 * 1024;
/** In bytes; the limit of every release is lower, 20 MiB at most. */
const TOO_LARGE = 21 * MiB;
const FILLER = Buffer.alloc(TOO_LARGE, 'x');
/** In bytes: what a client that does not know the length writes at once. */
const PIECE = 256 * 1024;

/** The reply, even if the gateway has not read the whole body. A violation where the connection breaks instead. */
async function replyTo(dial: Dial, body: Body, wanted: string): Promise<Exchange> {
  const reply = await dial.sendOrReset(body);
  if ('reset' in reply) throw new Violation(wanted, `a broken connection (${reply.reset})`);
  return reply;
}

/** Expects a 413 in JSON and no run for a body that is too large; `carried` gives the form in which it is sent. */
async function refuses(dial: Dial, carried: (bytes: Uint8Array<ArrayBuffer>) => Body): Promise<void> {
  // The JSON of a short text, made long afterwards: JSON.stringify of 21 MiB takes longer than sending them.
  const [front, back] = JSON.stringify(dial.body(`Say hello. ${dial.nonce} |`)).split('|');
  const body = Buffer.concat([Buffer.from(front!), FILLER, Buffer.from(back!)]);
  const reply = await replyTo(dial, carried(body), 'a 413 that the client can read');
  expectEnvelope(reply, 413);
  dial.noRun(dial.nonce);
}

/** The bytes as a stream, written as fast as the gateway reads. */
function inPieces(bytes: Uint8Array<ArrayBuffer>, piece = PIECE): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(at, (at += piece)));
    },
  });
}

/** Expects the agent to know a word from the front of 200 kB; `carried` gives the form in which they are sent. */
async function readToBothEnds(dial: Dial, carried: (bytes: Uint8Array<ArrayBuffer>) => Body): Promise<void> {
  const word = `KW-${dial.nonce}`;
  const filler = 'The quick brown fox jumps over the lazy dog.\n'.repeat(4_500);
  const body = Buffer.from(JSON.stringify(dial.body(`${remember(word)}\n\n${filler}\n\n${WHICH_WORD}`)));
  const text = textOf(await replyTo(dial, carried(body), 'an answer'));
  expect(knows(text, word), `the code word ${word} from the front of a long text`, text);
}

const keepsTheEnd = (): Mutant =>
  messages((list) =>
    list.map((message) =>
      typeof message.content === 'string' ? { ...message, content: message.content.slice(-50_000) } : message,
    ),
  );

/** A limit of its own, in bytes, and what is answered above it. */
const limit =
  (bytes: number, refusal: () => Response): Mutant =>
  async (request, faithful) =>
    (await request.clone().arrayBuffer()).byteLength > bytes ? refusal() : faithful(request);
const tooLarge = (): Response => lie.answer(413, { error: { message: 'Too large.', type: 'invalid_request_error' } });

const wrongRefusals = {
  'breaks the connection': lie.insteadOf(413, lie.reset),
  'a 413 without a word': lie.insteadOf(413, () => new Response(null, { status: 413 })),
  'a page': lie.insteadOf(
    413,
    () => new Response('<h1>413</h1>', { status: 413, headers: { 'content-type': 'text/html' } }),
  ),
  'calls it a bad request': lie.insteadOf(413, () =>
    lie.answer(400, { error: { message: 'No.', type: 'invalid_request_error' } }),
  ),
  'takes it all': lie.insteadOf(413, lie.canned),
};

/**
 * `requests.large`, `requests.very-large`, `requests.too-large.*`: PR 34068, for requests with images and long
 * histories.
 */
export const sizes = [
  kept('requests.large', {
    says: '200 kB of text are accepted and read to both ends',
    source: ISSUE,
    holds: (dial) => readToBothEnds(dial, (bytes) => bytes),
    catches: {
      'stops at 64 kB': limit(64 * 1024, tooLarge),
      'breaks the connection': limit(64 * 1024, lie.reset),
      'keeps the end of a long text': keepsTheEnd(),
    },
  }),
  // A client that does not know the length says none: proxies and body parsers count what they receive.
  kept('requests.large-chunked', {
    says: '200 kB of text in pieces of unknown number are accepted and read to both ends',
    source: 'https://www.rfc-editor.org/rfc/rfc9112#section-7.1',
    holds: (dial) => readToBothEnds(dial, (bytes) => inPieces(bytes, 16 * 1024)),
    catches: {
      'stops at 100 kB': limit(100 * 1024, tooLarge),
      'breaks the connection': limit(100 * 1024, lie.reset),
      'keeps the end of a long text': keepsTheEnd(),
    },
  }),
  must('requests.very-large', {
    says: 'a request of 2 MiB is accepted',
    since: '2026.3.7',
    source: ISSUE,
    core: false,
    async holds(dial) {
      // Blanks, which gateways trim: it is about the bytes on the wire, not about how much a model can read.
      const reply = await replyTo(dial, dial.body(`Say hello. ${dial.nonce}`.padEnd(2 * MiB)), 'an answer');
      expect(textOf(reply) !== '', 'an answer', described(reply));
    },
    catches: {
      'stops at 1 MiB': limit(MiB, tooLarge),
      'stops at 2 MB': limit(2_000_000, tooLarge),
      'breaks the connection': limit(MiB, lie.reset),
    },
  }),
  // Releases before 2026.8.1 reset the connection: the SDK raises APIConnectionError and sends all of it twice more.
  should('requests.too-large.declared', {
    says: 'a request of 21 MiB gets a 413 in JSON, not a broken connection',
    source: ISSUE,
    mustSince: '2026.8.1',
    core: false,
    holds: (dial) => refuses(dial, (bytes) => bytes),
    catches: wrongRefusals,
  }),
  should('requests.too-large.chunked', {
    says: 'a request of 21 MiB that does not say its length gets a 413 in JSON, not a broken connection',
    source: ISSUE,
    mustSince: '2026.8.1',
    core: false,
    holds: (dial) => refuses(dial, inPieces),
    catches: wrongRefusals,
  }),
];
