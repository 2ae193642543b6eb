/** Requests: what of a call's body reaches the agent, and how. */

import unicode from '../../fixtures/unicode.json' with { type: 'json' };
import unknownFields from '../../fixtures/unknown-fields.json' with { type: 'json' };
import { expect, expectEqual } from '../dial/expectation.ts';
import type { Mutant } from '../dial/mutant.ts';
import { chunksIn, described, jsonOf, streamText, textOf } from '../dial/reading.ts';
import { chapter, kept, must } from '../vocabulary/chapter.ts';
import * as lie from '../vocabulary/liars.ts';
import { WHICH_WORD, echo, knows, remember } from '../vocabulary/prompts.ts';
import { EITHER_MODE_OR_USER, PLAIN_AND_FAR } from '../vocabulary/situations.ts';
import { wrappings } from './requests/encoding.ts';
import { equivalents } from './requests/equivalents.ts';
import { instructions } from './requests/instructions.ts';
import { messages, refusing, unlike } from './requests/liars.ts';
import { refusals } from './requests/refused.ts';
import { sizes } from './requests/size.ts';
import { turns } from './requests/turns.ts';
import { AGENT_HEADER } from '../dial/headers.ts';

const OPENAI = 'https://platform.openai.com/docs/api-reference/chat/create';

/** The body of the documentation's example. */
const EXAMPLE = { model: 'openclaw', messages: [{ role: 'user', content: 'hi' }] };

const wantsAgent = refusing(({ model }) => model === 'openclaw');

/** A text that goes to the agent and comes back. */
interface Text {
  readonly id: string;
  readonly what: string;
  readonly text: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Content that is JSON comes as what it says. */
const parsedContent = lie.message((message) => {
  try {
    return { ...message, content: JSON.parse(message.content) as unknown };
  } catch {
    return message;
  }
});

const cannotStoreIt = lie.aboutRequest(/\\u0000/, () =>
  Promise.resolve(lie.answer(500, { error: { message: 'invalid byte sequence: 0x00', type: 'api_error' } })),
);

const strangeFields = {
  'refuses what it does not know': unlike(() =>
    lie.answer(400, { error: { message: 'No.', type: 'invalid_request_error' } }),
  ),
  'breaks on it': unlike(() => lie.answer(500, { error: { message: 'No.', type: 'api_error' } })),
  'answers twice': lie.completion((body) => ({ ...body, choices: [...body.choices, ...body.choices] })),
};

const lettersAlone = {
  'knows letters alone': rewritten((text) => text.replace(/[^A-Za-z0-9 .,-]/g, '?')),
  'cuts at the first odd character': rewritten((text) => text.replace(/[^A-Za-z0-9 .,-].*/s, '')),
  'hears letters alone': heard((text) => text.replace(/[^A-Za-z0-9 .,:<>-]/g, '?')),
};

/** Wrong about a text that has no other characters than these. */
const short = {
  'answers nothing where it is short': lie.message((message) =>
    message.content.length < 8 ? { ...message, content: '' } : message,
  ),
  'takes it for false': lie.message((message) =>
    ['0', 'false', '1.0'].includes(message.content) ? { ...message, content: null } : message,
  ),
};

export default chapter('requests', 'Requests', {
  section: '#examples',
  core: true,
  cases: [
    must('requests.example.plain', {
      says: "the documentation's example is answered",
      core: false,
      async holds(dial) {
        const exchange = await dial.send(EXAMPLE, { headers: { [AGENT_HEADER]: dial.agents[0] } });
        expect(textOf(exchange) !== '', 'an answer', described(exchange));
      },
      catches: {
        'wants the agent in the model': wantsAgent,
        'wants more than two letters': refusing((body) => body.messages?.[0]?.content === 'hi'),
      },
    }),
    must('requests.example.stream', {
      says: "the documentation's streaming example is answered",
      core: false,
      async holds(dial) {
        const exchange = await dial.send({ ...EXAMPLE, stream: true }, { headers: { [AGENT_HEADER]: dial.agents[0] } });
        expect(streamText(exchange) !== '', 'an answer', described(exchange));
      },
      catches: {
        'wants the agent in the model': wantsAgent,
        'does not stream': lie.asks((body) => (body?.stream === true ? { ...body, stream: false } : body)),
      },
    }),
    // Chat clients send the whole conversation with each call; without it every answer is to a question out of context.
    must('requests.history', {
      says: 'earlier turns in messages reach the agent',
      source: OPENAI,
      situations: PLAIN_AND_FAR,
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
        'forgets earlier turns when it streams': lie.aboutStreams(messages((list) => list.slice(-1))),
        'forgets earlier turns of users': lie.aboutUsers(messages((list) => list.slice(-1))),
      },
    }),
    must('requests.last-message', {
      says: 'the last message is what the agent answers',
      source: OPENAI,
      needs: ['scripted'],
      situations: PLAIN_AND_FAR,
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
    ...turns,
    // The SDK's type allows a string and an array of parts; clients send either.
    must('requests.parts', {
      says: 'content as an array of text parts reads as its text',
      source: OPENAI,
      needs: ['scripted'],
      situations: PLAIN_AND_FAR,
      async holds(dial) {
        const [before, after] = echo(`one ${dial.nonce}|two`).split('|');
        const content = [before, after].map((part) => ({ type: 'text', text: part }));
        const { text } = await dial.ask([{ role: 'user', content }]);
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
        'refuses arrays': refusing((body) => Array.isArray(body.messages?.[0]?.content)),
      },
    }),
    // Issue 139988: where the tool message is lost, the agent answers the old question again.
    kept('requests.tool-result', {
      says: 'a last message of role tool is what the agent answers',
      source: OPENAI,
      needs: ['scripted'],
      situations: PLAIN_AND_FAR,
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
        'refuses them': refusing((body) => body.messages?.at?.(-1)?.role === 'tool'),
      },
    }),
    ...refusals,
    ...unknownFields.rows.map((row) =>
      // Clients send fields of OpenAI's API that gateways do not have (`n`, `store`, `metadata`): refused, they cannot
      // be used.
      must(`requests.unknown-fields.${row.id}`, {
        says: `${row.what}: answered all the same, with one choice`,
        source: OPENAI,
        core: false,
        situations: EITHER_MODE_OR_USER,
        async holds(dial) {
          const { exchange } = await dial.ask(`Say hello. ${dial.nonce}`, { body: row.fields });
          expect(exchange.status < 300, 'an answer', described(exchange));
          const lists: unknown[] =
            dial.situation.mode === 'streamed'
              ? chunksIn(exchange).map(({ chunk }): unknown => chunk.choices)
              : [jsonOf(exchange)?.choices];
          for (const choices of lists)
            expect(Array.isArray(choices) && choices.length === 1, 'one choice', described(exchange));
        },
        catches: strangeFields,
      }),
    ),
    ...(unicode.rows as readonly Text[]).map((row) =>
      must(`requests.unicode.${row.id}`, {
        says: `${row.what} go and come back unchanged`,
        source: OPENAI,
        needs: ['scripted'],
        situations: EITHER_MODE_OR_USER,
        async holds(dial) {
          const answered = await dial.ask(echo(row.text), { body: row.fields ?? {} });
          expectEqual(answered.text, row.text, 'the text that was sent,');
        },
        catches: {
          ...(/[^A-Za-z0-9 .,-]/.test(row.text) ? lettersAlone : short),
          ...(/^(?:json|number|false|zero)/.test(row.id) && { 'reads it as JSON': parsedContent }),
          ...(row.id === 'carriage-returns' && {
            'makes line feeds of them': heard((text) => text.replaceAll('\r\n', '\n')),
          }),
          ...(row.id === 'fence' && {
            'drops the fence': rewritten((text) => text.replaceAll(/```(?:json)?\n?/g, '')),
          }),
          ...(row.id === 'markup' && { 'escapes markup': rewritten((text) => text.replaceAll('<', '&lt;')) }),
          ...(row.id === 'combining' && { 'composes letters': rewritten((text) => text.normalize('NFC')) }),
        },
      }),
    ),
    // Text that was taken from a PDF has it; a column of PostgreSQL and a path refuse it.
    kept('requests.nul', {
      says: 'a text with a null character reaches the agent and is answered, in a session too',
      source: 'https://www.rfc-editor.org/rfc/rfc8259#section-7',
      situations: EITHER_MODE_OR_USER,
      async holds(dial) {
        const word = `KW-${dial.nonce}`;
        const { text, exchange } = await dial.ask(`${remember(word)}\n\npage\0two\n\n${WHICH_WORD}`);
        expect(exchange.status === 200, 'an answer', described(exchange));
        expect(knows(text, word), `the code word ${word} beside a null character`, text);
      },
      catches: {
        'cannot store it': cannotStoreIt,
        'cannot store it in a session': lie.aboutUsers(cannotStoreIt),
        'cannot store it in a stream': lie.aboutStreams(cannotStoreIt),
      },
    }),
    ...sizes,
    ...wrappings,
    ...equivalents,
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

/** Changes the text of every answer that is not a stream. */
function rewritten(change: (text: string) => string): Mutant {
  return lie.completion((body) => {
    const { message } = body.choices[0];
    return { ...body, choices: [{ ...body.choices[0], message: { ...message, content: change(message.content) } }] };
  });
}

/** Changes the text of every message before the gateway sees it. */
function heard(change: (text: string) => string): Mutant {
  return messages((list) =>
    list.map((message) =>
      typeof message.content === 'string' ? { ...message, content: change(message.content) } : message,
    ),
  );
}
