/** From what a call says to what the agent hears. */
import { APIError, BadRequestError } from 'openai';
import malformed from '../../fixtures/malformed-bodies.json' with { type: 'json' };
import noMessage from '../../fixtures/no-message.json' with { type: 'json' };
import streamTypes from '../../fixtures/stream-types.json' with { type: 'json' };
import unicode from '../../fixtures/unicode.json' with { type: 'json' };
import unknownFields from '../../fixtures/unknown-fields.json' with { type: 'json' };
import { described, jsonOf, spokenText, textOf } from '../answer.ts';
import { chapter, may, must, should } from '../contract.ts';
import { compareReleases } from '../editions.ts';
import { expect, expectEqual } from '../expectation.ts';
import { answer, asks, canned, completion, insteadOf, withBody } from '../mutants.ts';
import { WHICH_WORD, echo, knows, remember } from '../prompts.ts';
import { expectEnvelope, expectInvalid } from '../refusal.ts';
import { filled } from '../templates.ts';
import { instructions } from './instructions.ts';
import { messages, readJson, refusing, streamsRefusals, unlike } from './request-liars.ts';
import { sizes } from './sizes.ts';
import { wrappings } from './wrappings.ts';
import type { Dial } from '../dial.ts';
import type { Mutant } from '../mutants.ts';
import type { Exchange } from '../wire/exchange.ts';

const OPENAI = 'https://platform.openai.com/docs/api-reference/chat/create';

/** The documentation's own call. */
const EXAMPLE = { model: 'openclaw', messages: [{ role: 'user', content: 'hi' }] };
const AGENT = 'x-openclaw-agent-id';

interface Messages {
  readonly id: string;
  readonly what: string;
  readonly messages?: unknown;
  readonly core: boolean;
}

/** `messages` of a row, its templates filled in. */
const messagesOf = (row: Messages, dial: Dial): unknown =>
  'messages' in row ? (JSON.parse(filled(JSON.stringify(row.messages), dial)) as unknown) : undefined;

/** Since then, `stream` is true, false or an error. */
const STRICT = '2026.8.2';

/** A reply in two words. */
const kindOf = ({ status, headers }: Exchange): string =>
  status === 200 && headers.get('content-type')?.includes('event-stream') ? 'a stream' : `${status}, no stream`;

/** Streams where its edition refuses, and refuses where it streams. */
const streamsOtherwise: Mutant = async (request, faithful) => {
  const body = await readJson(request);
  if (typeof (body?.stream ?? false) === 'boolean') return faithful(request);
  const response = await faithful(request.clone());
  return response.ok
    ? answer(400, { error: { message: 'No.', type: 'invalid_request_error' } })
    : faithful(withBody(request, JSON.stringify({ ...body, stream: true })));
};

/** Makes a run out of whatever it was sent, and refuses afterwards. */
const runsFirst: Mutant = async (request, faithful) => {
  const body = await request.clone().text();
  const response = await faithful(request.clone());
  if (response.status === 400)
    await asks(() => ({ ...EXAMPLE, messages: [{ role: 'user', content: body }] }))(request, faithful);
  return response;
};

export default chapter('requests', 'Requests', {
  section: '#examples',
  core: true,
  cases: [
    must('requests.example.plain', {
      says: "the documentation's example is answered",
      core: false,
      async holds(dial) {
        const exchange = await dial.send(EXAMPLE, { headers: { [AGENT]: dial.agents[0] } });
        expect(textOf(exchange) !== '', 'an answer', described(exchange));
      },
      catches: {
        'wants the agent in the model': refusing(({ model }) => model === 'openclaw'),
        'wants fields that nobody sends': refusing(({ user }) => user === undefined),
      },
    }),
    must('requests.example.stream', {
      says: "the documentation's streaming example is answered",
      core: false,
      async holds(dial) {
        const exchange = await dial.send({ ...EXAMPLE, stream: true }, { headers: { [AGENT]: dial.agents[0] } });
        expect(spokenText(exchange) !== '', 'an answer', described(exchange));
      },
      catches: {
        'wants the agent in the model': refusing(({ model }) => model === 'openclaw'),
        'does not stream': asks((body) => ({ ...body, stream: false })),
      },
    }),
    must('requests.history', {
      says: 'earlier turns in messages reach the agent',
      source: OPENAI,
      async holds(dial) {
        const word = `KW-${dial.nonce}`;
        const { text } = await dial.ask([
          { role: 'user', content: remember(word) },
          { role: 'assistant', content: 'OK' },
          { role: 'user', content: WHICH_WORD },
        ]);
        expect(knows(text, word), `the code word ${word} of an earlier turn`, text);
      },
      catches: {
        'reads the last message alone': messages((list) => list.slice(-1)),
        'forgets all but the last turn': messages((list) => list.slice(-2)),
      },
    }),
    must('requests.last-message', {
      says: 'the last message is what the agent answers',
      source: OPENAI,
      needs: ['scripted'],
      async holds(dial) {
        const [first, last] = [`first ${dial.nonce}`, `last ${dial.nonce}`];
        const { text } = await dial.ask([
          { role: 'user', content: echo(first) },
          { role: 'assistant', content: first },
          { role: 'user', content: echo(last) },
        ]);
        expectEqual(text, last, 'the answer to the last message,');
      },
      catches: {
        'answers the first one': messages((list) => list.slice(0, 1)),
        'reads them backwards': messages((list) => list.toReversed()),
      },
    }),
    ...instructions,
    must('requests.parts', {
      says: 'content as an array of text parts reads as its text',
      source: OPENAI,
      needs: ['scripted'],
      async holds(dial) {
        const [before, after] = echo(`one ${dial.nonce}|two`).split('|');
        const parts = [before, after].map((text) => ({ type: 'text', text }));
        const { text } = await dial.ask([{ role: 'user', content: parts }]);
        // What stands between two parts is the gateway's choice.
        expectEqual(
          text.replace(/\s+/g, ' ').replace(`${dial.nonce}two`, `${dial.nonce} two`),
          `one ${dial.nonce} two`,
          'both parts,',
        );
      },
      catches: {
        'reads the first part': parts((list) => list.slice(0, 1)),
        'reads the last part': parts((list) => list.slice(-1)),
        'reads them as JSON': parts((list) => JSON.stringify(list)),
        'refuses arrays': refusing(({ messages }) => Array.isArray(messages?.[0]?.content)),
      },
    }),
    should('requests.tool-result', {
      says: 'a last message of role tool is what the agent answers',
      source: OPENAI,
      needs: ['scripted'],
      async holds(dial) {
        const call = { id: 'call_1', type: 'function', function: { name: 'look_up', arguments: '{"what":"weather"}' } };
        const result = `sunny ${dial.nonce}`;
        const { text } = await dial.ask([
          { role: 'user', content: 'What is the weather?' },
          { role: 'assistant', content: null, tool_calls: [call] },
          { role: 'tool', tool_call_id: 'call_1', content: echo(result) },
        ]);
        expectEqual(text, result, 'the answer to the tool message,');
      },
      catches: {
        'skips tool messages': messages((list) => list.filter(({ role }) => role !== 'tool')),
        'refuses them': refusing(({ messages }) => messages?.at?.(-1)?.role === 'tool'),
      },
    }),
    ...(noMessage.rows as readonly Messages[]).map((row) =>
      must(`requests.no-message.${row.id}`, {
        says: `${row.what}: 400 invalid_request_error, no run`,
        source: OPENAI,
        core: row.core,
        async holds(dial) {
          const { exchange, failure } = await dial.ask('', { body: { messages: messagesOf(row, dial) } });
          expectInvalid(exchange);
          expect(failure instanceof BadRequestError, 'the SDK to raise BadRequestError', String(failure));
          dial.noRun(dial.nonce);
        },
        catches: {
          'answers nobody': insteadOf(400, canned),
          'breaks on it': insteadOf(400, () => answer(500, { error: { message: 'No.', type: 'api_error' } })),
          'an error of another type': insteadOf(400, () => answer(400, { error: { message: 'No.', type: 'error' } })),
          ...(JSON.stringify(row).includes('{nonce}') && { 'runs before it refuses': runsFirst }),
        },
      }),
    ),
    ...malformed.rows.map((row) =>
      must(`requests.malformed.${row.id}`, {
        says: `${row.what} is refused with 400 and an error object in JSON`,
        source: OPENAI,
        async holds(dial) {
          expectEnvelope(await dial.send(row.body), 400);
        },
        catches: {
          'breaks on it': insteadOf(400, () => new Response('Internal Server Error', { status: 500 })),
          'a page': insteadOf(400, () => new Response('<h1>Bad Request</h1>', { status: 400 })),
          'an error that is a text': insteadOf(400, () => answer(400, { error: 'bad JSON' })),
          'answers all the same': insteadOf(400, canned),
        },
      }),
    ),
    must('requests.error-before-stream', {
      says: 'a refusal before the run is plain JSON with its status, even when a stream was asked for',
      source: OPENAI,
      async holds(dial) {
        const { exchange, failure, understood } = await dial.stream([]);
        const { status, headers } = exchange;
        expect(status >= 400 && status < 500, 'a 4xx', described(exchange));
        const streamed = headers.get('content-type')?.includes('event-stream');
        expect(
          !streamed && jsonOf(exchange)?.error !== undefined,
          'an error object in plain JSON',
          described(exchange),
        );
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
    ...unknownFields.rows.map((row) =>
      must(`requests.unknown-fields.${row.id}`, {
        says: `${row.what}: answered all the same, with one choice`,
        source: OPENAI,
        core: false,
        async holds(dial) {
          const { exchange } = await dial.ask(`Say hello. ${dial.nonce}`, { body: row.fields });
          const choices: unknown = jsonOf(exchange)?.choices;
          expect(exchange.status === 200, '200', described(exchange));
          expect(Array.isArray(choices) && choices.length === 1, 'one choice', described(exchange));
        },
        catches: {
          'refuses what it does not know': unlike(() =>
            answer(400, { error: { message: 'No.', type: 'invalid_request_error' } }),
          ),
          'breaks on it': unlike(() => answer(500, { error: { message: 'No.', type: 'api_error' } })),
          'answers twice': completion((body) => ({ ...body, choices: [...body.choices, ...body.choices] })),
        },
      }),
    ),
    ...unicode.rows.map((row) =>
      must(`requests.unicode.${row.id}`, {
        says: `${row.what} go and come back unchanged`,
        source: OPENAI,
        needs: ['scripted'],
        async holds(dial) {
          expectEqual((await dial.ask(echo(row.text))).text, row.text, 'the text that was sent,');
        },
        catches: {
          'knows letters alone': rewritten((text) => text.replace(/[^A-Za-z0-9 ]/g, '?')),
          'cuts at the first odd character': rewritten((text) => text.replace(/[^A-Za-z0-9 ].*/s, '')),
          'hears letters alone': heard((text) => text.replace(/[^A-Za-z0-9 :<>]/g, '?')),
          ...(row.id === 'combining' && { 'composes letters': rewritten((text) => text.normalize('NFC')) }),
        },
      }),
    ),
    ...sizes,
    ...streamTypes.rows.map((row) =>
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
          'what is not true is false': asks((body) =>
            body?.stream === undefined ? body : { ...body, stream: body.stream === true },
          ),
        },
      }),
    ),
    ...wrappings,
  ],
});

/** Changes the array of parts of every message. */
function parts(change: (list: readonly object[]) => unknown): Mutant {
  return messages((list) =>
    list.map((message) =>
      Array.isArray(message.content) ? { ...message, content: change(message.content) } : message,
    ),
  );
}

/** Changes what the agent said. */
function rewritten(change: (text: string) => string): Mutant {
  return completion((body) => {
    const { message } = body.choices[0];
    return { ...body, choices: [{ ...body.choices[0], message: { ...message, content: change(message.content) } }] };
  });
}

/** Changes what the agent hears. */
function heard(change: (text: string) => string): Mutant {
  return messages((list) =>
    list.map((message) =>
      typeof message.content === 'string' ? { ...message, content: change(message.content) } : message,
    ),
  );
}
