/** Requests that are refused before a run: without a message, malformed, with a `stream` that is no boolean. */

import { APIError, BadRequestError } from 'openai';
import malformed from '../../../fixtures/malformed-bodies.json' with { type: 'json' };
import noMessage from '../../../fixtures/no-message.json' with { type: 'json' };
import streamTypes from '../../../fixtures/stream-types.json' with { type: 'json' };
import type { Dial } from '../../dial/dial.ts';
import { expect } from '../../dial/expectation.ts';
import type { Mutant } from '../../dial/mutant.ts';
import { described, jsonOf } from '../../dial/reading.ts';
import { compareReleases } from '../../editions.ts';
import { may, must } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import type { Json } from '../../vocabulary/liars.ts';
import { expectEnvelope, expectInvalid, expectSound } from '../../vocabulary/refusal.ts';
import { PLAIN_AND_FAR } from '../../vocabulary/situations.ts';
import { filled } from '../../vocabulary/templates.ts';
import type { Exchange } from '../../wire/exchange.ts';
import { streamsRefusals } from './liars.ts';
import { AGENT_HEADER, KEY_HEADER } from '../../dial/headers.ts';

const OPENAI = 'https://platform.openai.com/docs/api-reference/chat/create';

interface Messages {
  readonly id: string;
  readonly what: string;
  readonly messages?: unknown;
  readonly core: boolean;
}

/** `messages` of a row, its templates filled in. */
const messagesOf = (row: Messages, dial: Dial): unknown =>
  'messages' in row ? (JSON.parse(filled(JSON.stringify(row.messages), dial)) as unknown) : undefined;

/** The first release with a schema for the body: `stream` is true, false, null, or a 400. */
const STRICT = '2026.8.1';

/** Whether a reply is a stream, or its status. */
const kindOf = ({ status, headers }: Exchange): string =>
  status === 200 && /event-stream/i.test(headers.get('content-type') ?? '') ? 'a stream' : `${status}, no stream`;

/** Streams where its release refuses, and refuses where it streams. */
const streamsOtherwise: Mutant = async (request, faithful) => {
  const body = await lie.bodyOf(request);
  if (typeof (body?.stream ?? false) === 'boolean') return faithful(request);
  const response = await faithful(request.clone());
  return response.ok
    ? lie.answer(400, { error: { message: 'No.', type: 'invalid_request_error' } })
    : faithful(lie.withBody(request, JSON.stringify({ ...body, stream: true })));
};

/** Starts a run with the body as its prompt, then gives the refusal: the client sees the right 400. */
const runsFirst: Mutant = async (request, faithful) => {
  const body = await request.clone().text();
  const response = await faithful(request.clone());
  if (response.status === 400)
    await lie.asks(() => ({ model: 'openclaw', messages: [{ role: 'user', content: body }] }))(request, faithful);
  return response;
};

/** Another answer where the gateway answers such a request with 400. */
const insteadOf400 = (like: (body: Json, request: Request) => boolean, otherwise: () => Response): Mutant =>
  lie.replies(async (response, request) =>
    response.status === 400 && like(await lie.bodyOf(request), request) ? otherwise() : response,
  );

const isObject = (body: Json): boolean => typeof body === 'object' && body !== null && !Array.isArray(body);
const isMisread = (body: Json): boolean => !isObject(body);
/** Whether the messages alone can be what is wrong: not the agent, not the session, not the provider. */
const lacksMessage = (body: Json, { headers }: Request): boolean =>
  isObject(body) &&
  /^(?:undefined$|openclaw:main$)/.test(String(body.model)) &&
  typeof (body.stream ?? false) === 'boolean' &&
  !headers.has(KEY_HEADER) &&
  !headers.has(AGENT_HEADER) &&
  !JSON.stringify(body).includes('play:');

const nothingToAnswer = {
  'answers calls without a message': insteadOf400(lacksMessage, lie.canned),
  'breaks on it': insteadOf400(lacksMessage, () => lie.answer(500, { error: { message: 'No.', type: 'api_error' } })),
  'an error of another type': insteadOf400(lacksMessage, () =>
    lie.answer(400, { error: { message: 'No.', type: 'error' } }),
  ),
};

const misread = {
  'breaks on it': insteadOf400(isMisread, () => new Response('Internal Server Error', { status: 500 })),
  'a page': insteadOf400(isMisread, () => new Response('<h1>Bad Request</h1>', { status: 400 })),
  'an error that is a text': insteadOf400(isMisread, () => lie.answer(400, { error: 'bad JSON' })),
  'answers all the same': insteadOf400(isMisread, lie.canned),
};

/** Takes every value of `stream` that is not true for false. */
const booleanStream = lie.asks((body) =>
  body?.stream === undefined ? body : { ...body, stream: body.stream === true },
);

/** `requests.no-message.*`, `requests.malformed.*`, `requests.error-before-stream`, `requests.stream-type.*`. */
export const refusals = [
  ...(noMessage.rows as readonly Messages[]).map((row) =>
    // A run without a message costs tokens for an answer to nothing; the client's mistake goes unnoticed.
    must(`requests.no-message.${row.id}`, {
      says: `${row.what}: 400 invalid_request_error, no run`,
      source: OPENAI,
      core: row.core,
      situations: PLAIN_AND_FAR,
      async holds(dial) {
        const { exchange, failure } = await dial.ask('', { body: { messages: messagesOf(row, dial) } });
        expectInvalid(exchange);
        expect(failure instanceof BadRequestError, 'the SDK to raise BadRequestError', String(failure));
        dial.noRun(dial.nonce);
      },
      catches: {
        ...nothingToAnswer,
        ...(JSON.stringify(row).includes('{nonce}') && { 'runs before it refuses': runsFirst }),
      },
    }),
  ),
  ...malformed.rows.map((row) =>
    // As a 5xx the SDK would send the same broken body twice more.
    must(`requests.malformed.${row.id}`, {
      says: `${row.what} is refused with 400 and an error object in JSON`,
      source: OPENAI,
      async holds(dial) {
        expectEnvelope(await dial.send(row.body), 400);
      },
      catches: misread,
    }),
  ),
  // The SDK raises by the status alone: a refusal inside a 200 is an error in the middle of an answer, or an empty one.
  must('requests.error-before-stream', {
    says: 'a refusal before the run is plain JSON with its status, even when a stream was asked for',
    source: OPENAI,
    async holds(dial) {
      await expectSound(dial);
      const { exchange, failure, understood } = await dial.stream([]);
      const { status, headers } = exchange;
      expect(status >= 400 && status < 500, 'a 4xx', described(exchange));
      const streams = /event-stream/i.test(headers.get('content-type') ?? '');
      expect(!streams && jsonOf(exchange)?.error !== undefined, 'an error object in plain JSON', described(exchange));
      const raised = failure instanceof APIError && failure.status === status && understood.length === 0;
      expect(raised, `the SDK to raise an error of status ${status}`, String(failure));
    },
    catches: {
      'opens a stream to say it': streamsRefusals(
        200,
        'data: {"error":{"message":"No.","type":"invalid_request_error"}}\n\ndata: [DONE]\n\n',
      ),
      'a stream of another status': streamsRefusals(
        400,
        'data: {"error":{"message":"No.","type":"invalid_request_error"}}\n\n',
      ),
      'ends the stream at once': streamsRefusals(200, 'data: [DONE]\n\n'),
    },
  }),
  ...streamTypes.rows.map((row) =>
    // Before 2026.8.1 JavaScript's truth decided: `"false"` and `[]` streamed.
    may(`requests.stream-type.${row.id}`, {
      says: `stream: ${row.what} is refused: 400, no run`,
      source: OPENAI,
      mustSince: STRICT,
      core: false,
      async holds(dial) {
        const exchange = await dial.send(dial.body(`Say hello. ${dial.nonce}`, { stream: row.stream }));
        if (compareReleases(dial.edition, STRICT) < 0) return `stream: ${row.what}: ${kindOf(exchange)}`;
        expectInvalid(exchange);
        dial.noRun(dial.nonce);
      },
      catches: {
        'does the opposite': streamsOtherwise,
        'what is not true is false': booleanStream,
      },
    }),
  ),
];
