/** Calls in an answer: `fixtures/tool-calls.json`, one row, one case; their shape and their pieces, and how the answer ends. */

import { isDeepStrictEqual } from 'node:util';
import table from '../../../fixtures/tool-calls.json' with { type: 'json' };
import { expect, expectEqual } from '../../dial/expectation.ts';
import type { Mutant } from '../../dial/mutant.ts';
import { described } from '../../dial/reading.ts';
import { must, should } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import { EITHER_MODE_OR_USER } from '../../vocabulary/situations.ts';
import { expectCallEnd, expectCalls, expectPieces, piecesIn, type Called } from '../../watching/calls.ts';
import { expectDone, expectFinish, expectNothingAfterDone, expectUsage } from '../../watching/streams.ts';
import { DONE } from '../../wire/frames.ts';
import {
  afterCall,
  asking,
  eachCall,
  eachPiece,
  expectCalled,
  finishing,
  framesAfterCall,
  ofMessage,
  offered,
  wordsOf,
} from './asking.ts';
import { dashless, misread, several } from './calls-liars.ts';

interface Row {
  readonly id: string;
  readonly what: string;
  readonly reply: string;
  readonly prompt?: string;
  readonly calls: readonly { readonly name: string; readonly arguments: object }[];
}

/** Name and arguments, as the client reads them. */
function read({ function: { name, arguments: text } }: Called): unknown {
  try {
    return { name, arguments: JSON.parse(String(text)) as unknown };
  } catch {
    return { name, arguments: text };
  }
}

export const calling = [
  ...(table.rows as readonly Row[]).map((row) =>
    must(`tools.call.${row.id}`, {
      says: `${row.what}: tool_calls has name and arguments as the agent gave them, in its order`,
      core: true,
      needs: row.prompt === undefined ? ['scripted'] : [],
      situations: EITHER_MODE_OR_USER,
      async holds(dial) {
        const answer = await offered(dial, asking(dial, row.reply, row.prompt ?? ''));
        expectCalled(dial, answer);
        const calls = answer.calls.map(read);
        expect(isDeepStrictEqual(calls, row.calls), `calls ${JSON.stringify(row.calls)}`, calls);
      },
      catches: {
        'never calls': ofMessage(({ tool_calls: calls, ...message }) => ({
          ...message,
          content: JSON.stringify(calls),
        })),
        'streams no call': eachPiece(() => undefined),
        'names another function': eachCall((call) => ({ ...call, function: { ...call.function, name: 'kit_other' } })),
        'loses the arguments': misread(() => ''),
        'answers in the form of old functions': ofMessage(({ tool_calls: [call], ...message }) => ({
          ...message,
          function_call: call.function,
        })),
        ...(row.calls.length > 1 && several),
        ...(row.id === 'long' && {
          'knows ASCII alone': misread((text) => text.replaceAll(/[^ -~]/g, '?')),
          'undoes the escapes': misread((text) => text.replaceAll('\\"', '"')),
          'forgets every third piece': everyThird(),
        }),
        ...(row.calls.some(({ name }) => name.includes('-')) && { 'writes underscores for dashes': dashless }),
        ...(row.id === 'bare' && { 'has null for no arguments': misread((text) => text.replace('{}', 'null')) }),
      },
    }),
  ),
  must('tools.shape', {
    says: 'a call of a whole answer has an id of its own, type function, a name, and arguments that are JSON as text',
    core: true,
    watched: true,
    async holds(dial) {
      const answer = await offered(dial, asking(dial, 'call-one'));
      expectCalled(dial, answer);
      expectCalls(answer.calls);
    },
    catches: {
      'arguments as an object': eachCall((call) => ({
        ...call,
        function: { ...call.function, arguments: JSON.parse(call.function.arguments) },
      })),
      'no id': eachCall((call) => ({ ...call, id: undefined })),
      'an empty id': eachCall((call) => ({ ...call, id: '' })),
      'no type': eachCall((call) => ({ ...call, type: undefined })),
      'a flat call': eachCall(({ id, type, function: { name, arguments: text } }) => ({
        id,
        type,
        name,
        arguments: text,
      })),
      'cuts the arguments': eachCall((call) => ({
        ...call,
        function: { ...call.function, arguments: call.function.arguments.slice(0, -1) },
      })),
    },
  }),
  must('tools.ids', {
    says: 'two calls of one answer have two ids, in a stream too',
    core: true,
    needs: ['scripted'],
    situations: EITHER_MODE_OR_USER,
    async holds(dial) {
      const { calls } = await offered(dial, asking(dial, 'call-twins', ''));
      expectEqual(calls.length, 2, 'calls');
      const ids = calls.map(({ id }) => id);
      expect(ids[0] !== ids[1] && ids.every((id) => typeof id === 'string' && id !== ''), 'two ids', ids);
    },
    catches: {
      'one id for all': eachCall((call) => ({ ...call, id: 'call_1' })),
      'one id for all in a stream': eachPiece((piece) => (piece.id ? { ...piece, id: 'call_1' } : piece)),
      'takes the name for the id': eachCall((call) => ({ ...call, id: call.function.name })),
    },
  }),
  // SDKs put a call together by its index, and join every text: what is said twice is doubled.
  must('tools.pieces', {
    says: 'a streamed call comes in pieces with its index: id, type and name once, then arguments that join to JSON',
    core: true,
    watched: true,
    async holds(dial) {
      const answer = await offered(dial, asking(dial, 'call-one'), { stream: true });
      expectCalled(dial, answer);
      expectPieces(piecesIn(answer.seen.chunks));
    },
    catches: {
      'pieces without an index': eachPiece((piece) => ({ ...piece, index: undefined })),
      'counts as text': eachPiece((piece) => ({ ...piece, index: String(piece.index) })),
      'no id at all': eachPiece((piece) => ({ ...piece, id: undefined })),
      'says the id again with each piece': eachPiece((piece) => ({ ...piece, id: 'call_1' })),
      'says the name again with each piece': eachPiece((piece) => ({
        ...piece,
        function: { ...piece.function, name: 'kit_weather' },
      })),
      'no type': eachPiece((piece) => ({ ...piece, type: undefined })),
      'an index for each piece': counting(),
      'loses the last piece': eachPiece((piece) => (piece.function.arguments.includes('}') ? undefined : piece)),
      'says all so far with each piece': cumulative(),
      'arguments as an object': eachPiece((piece) => ({ ...piece, function: { ...piece.function, arguments: {} } })),
    },
  }),
  // Without it an agent loop takes the turn for over, and never runs the function (issue 66278).
  must('tools.finish', {
    says: 'an answer with calls ends with finish_reason tool_calls, in a stream too',
    core: true,
    watched: true,
    situations: EITHER_MODE_OR_USER,
    async holds(dial) {
      const answer = await offered(dial, asking(dial, 'call-one'));
      expectCalled(dial, answer);
      expectCallEnd(answer.seen);
    },
    catches: {
      'ends with stop': finishing('stop'),
      'ends with function_call': finishing('function_call'),
      'ends with null': finishing(null),
      'ends with stop when it streams': lie.aboutStreams(finishing('stop')),
      'streams no end of a call': afterCall((chunk) => (lie.finishes(chunk) ? [] : chunk)),
    },
  }),
  must('tools.stream-finish', {
    says: 'a streamed call is followed by one finish, then usage if it was asked for, then [DONE]',
    core: true,
    needs: ['scripted'],
    async holds(dial) {
      for (const usage of [false, true]) {
        for (const reply of ['call-one', 'call-twins', 'call-after-words']) {
          const fields = { stream: true, ...(usage && { stream_options: { include_usage: true } }) };
          const { seen, calls } = await offered(dial, asking(dial, reply, ''), fields);
          expect(calls.length > 0, 'a streamed call', described(seen.exchange));
          expectFinish(seen.chunks);
          if (usage) expectUsage(seen.chunks);
          expectDone(seen.events);
          expectNothingAfterDone(seen.frames);
          const end = seen.chunks.findIndex(lieFinishes);
          expect(piecesIn(seen.chunks.slice(end + 1)).length === 0, 'no piece of a call after the finish', seen.text);
        }
      }
    },
    catches: {
      'forgets the sentinel after a call': framesAfterCall((data) => (data === DONE ? [] : [data])),
      'says it twice after a call': framesAfterCall((data) => (data === DONE ? [DONE, DONE] : [data])),
      'finishes twice': afterCall((chunk) => (lie.finishes(chunk) ? [chunk, chunk] : chunk)),
      'finishes before the arguments': early(),
      'forgets usage after a call': afterCall((chunk) => (chunk.usage ? [] : chunk)),
      'says the end in words': afterCall((chunk) =>
        lie.finishes(chunk)
          ? [chunk, { ...chunk, choices: [{ index: 0, delta: { content: '.' }, finish_reason: null }] }]
          : chunk,
      ),
    },
  }),
  must('tools.commentary', {
    says: 'what the agent says before a call is content, whole and in deltas in front of the call',
    core: true,
    needs: ['scripted'],
    situations: EITHER_MODE_OR_USER,
    async holds(dial) {
      const { seen, calls } = await offered(dial, asking(dial, 'call-after-words', ''));
      expect(calls.length === 1, 'one call', described(seen.exchange));
      expectEqual(String(wordsOf(seen)).trim(), 'Let me check.', 'the content in front of the call to be');
      const first = seen.chunks.findIndex((said) => piecesIn([said]).length > 0);
      const late = seen.chunks.slice(first).filter(({ chunk }) => chunk.choices?.[0]?.delta?.content);
      expect(
        !seen.isStream || late.length === 0,
        'no words behind the call',
        late.map(({ data }) => data),
      );
    },
    catches: {
      'loses it': ofMessage((message) => ({ ...message, content: '' })),
      'has no words when it calls': ofMessage((message) => ({ ...message, content: null })),
      'streams the call alone': lie.aboutRequest(
        /call-after-words/,
        lie.chunks((chunk) => (lie.saysText(chunk) ? [] : chunk)),
      ),
      'says it after the call': ofMessage((message) => ({ ...message, content: `${message.content} Done.` })),
    },
  }),
  // Clients that join content with + show `null`, or `undefined`, to their users.
  should('tools.content-text', {
    says: 'content of an answer that is calls alone is a text, which is empty',
    async holds(dial) {
      const answer = await offered(dial, asking(dial, 'call-one'));
      expectCalled(dial, answer);
      const content = wordsOf(answer.seen);
      expect(typeof content === 'string' && (content === '' || !dial.scripted), 'content to be an empty text', content);
    },
    catches: {
      'has null': ofMessage((message) => ({ ...message, content: null })),
      'has none': ofMessage((message) => ({ ...message, content: undefined })),
      'says what it calls': ofMessage((message) => ({ ...message, content: JSON.stringify(message.tool_calls) })),
    },
  }),
];

const lieFinishes = ({ chunk }: { readonly chunk: lie.Json }): boolean => lie.finishes(chunk);

function counting(): Mutant {
  return (request, faithful) => {
    let pieces = 0;
    return eachPiece((piece) => ({ ...piece, index: pieces++ }))(request, faithful);
  };
}

function cumulative(): Mutant {
  return (request, faithful) => {
    let text = '';
    return eachPiece((piece) => {
      text += piece.function.arguments;
      return { ...piece, function: { ...piece.function, arguments: text } };
    })(request, faithful);
  };
}

function everyThird(): Mutant {
  return (request, faithful) => {
    let pieces = 0;
    return eachPiece((piece) => (piece.id || ++pieces % 3 > 0 ? piece : undefined))(request, faithful);
  };
}

/** The finish comes before the first piece, and the calls behind it. */
function early(): Mutant {
  return (request, faithful) => {
    let finished = false;
    return afterCall((chunk) => {
      if (lie.finishes(chunk)) return [];
      if (finished || chunk.usage) return chunk;
      finished = true;
      return [chunk, { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] }];
    })(request, faithful);
  };
}
