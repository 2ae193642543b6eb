/** What follows a call: its result, and the answer to that. */

import type { Dial } from '../../dial/dial.ts';
import { Words, expect } from '../../dial/expectation.ts';
import type { Liar } from '../../dial/mutant.ts';
import { described } from '../../dial/reading.ts';
import { must } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import type { Json } from '../../vocabulary/liars.ts';
import { echo } from '../../vocabulary/prompts.ts';
import { EACH_IN_EITHER_MODE, EITHER_MODE_OR_USER } from '../../vocabulary/situations.ts';
import { CALL_WEATHER, TOOLS, asking, eachCall, expectCalled, finishing, offered, wordsOf } from './asking.ts';

/** Rewrites the messages of a call. */
const messages = (edit: (list: Json[]) => Json[]): Liar =>
  lie.asks((body) => (Array.isArray(body?.messages) ? { ...body, messages: edit(body.messages) } : body));
const isResult = ({ role }: Json): boolean => role === 'tool' || role === 'function';
const noResults = messages((list) => list.filter((message) => !isResult(message)));
const refusesResults = lie.aboutRequest(/"role":"(?:tool|function)"/, async () =>
  lie.answer(400, { error: { message: 'Unknown role', type: 'invalid_request_error' } }),
);

const called = (id: string, city: string): object => ({
  id,
  type: 'function',
  function: { name: 'kit_weather', arguments: JSON.stringify({ city }) },
});

/** A conversation that stands at the results of calls. */
const followUp = (question: string, ids: readonly string[], results: readonly object[]): object[] => [
  { role: 'user', content: question },
  { role: 'assistant', content: '', tool_calls: ids.map((id, at) => called(id, ['Paris', 'Rome'][at]!)) },
  ...results,
];

/** The last of `ids` in front of `result`. */
function ownerOf(text: string, result: string, ids: readonly string[]): string | undefined {
  const before = text.slice(0, text.lastIndexOf(result));
  return ids.toSorted((a, b) => before.lastIndexOf(b) - before.lastIndexOf(a))[0];
}

const EMPTY = [
  { id: 'text', what: 'an empty text', result: { role: 'tool', content: '' } },
  { id: 'parts', what: 'no parts', result: { role: 'tool', content: [] } },
  { id: 'function-null', what: 'null, in the old form of functions,', result: { role: 'function', content: null } },
] as const;

/** The cases, in the order of the contract. */
export const following = [
  must('tools.loop', {
    says: 'call, result, answer: the result is answered, and the loop ends',
    core: true,
    needs: ['scripted'],
    situations: EACH_IN_EITHER_MODE,
    async holds(dial) {
      const question = asking(dial, 'call-one');
      const first = await offered(dial, question);
      expectCalled(dial, first);
      const word = `sunny ${dial.nonce}`;
      const result = { role: 'tool', tool_call_id: first.calls[0]!.id, content: echo(word) };
      const message = { role: 'assistant', content: '', tool_calls: first.calls };
      const last = await offered(dial, [{ role: 'user', content: question }, message, result]);
      expect(last.calls.length === 0, 'no further call', described(last.exchange));
      expect(String(wordsOf(last.seen)).includes(word), `an answer with the result, ${word}`, described(last.exchange));
    },
    catches: {
      'does not read results': noResults,
      'refuses results': refusesResults,
      'refuses them when it streams': lie.aboutStreams(refusesResults),
      'wants no tools beside results': lie.aboutRequest(/"role":"tool"/, async () =>
        lie.answer(502, { error: { message: 'No', type: 'api_error' } }),
      ),
      'reads the last message alone, and it is none': messages((list) => list.slice(0, -1)),
    },
  }),
  ...[false, true].map((stream) =>
    must(`tools.sdk-loop.${stream ? 'streamed' : 'plain'}`, {
      says: `the official SDK's runTools(), ${stream ? 'streaming' : 'not streaming'}, calls the function and reaches its answer`,
      source: 'https://github.com/openai/openai-node/blob/master/helpers.md#automated-function-calls',
      core: true,
      needs: ['scripted'],
      async holds(dial) {
        const asked: unknown[] = [];
        const runner = runTools(dial, stream, (args) => {
          asked.push(args);
          return echo(`sunny ${dial.nonce}`);
        });
        const [final] = await Promise.allSettled([runner.finalContent()]);
        const failure = final.status === 'rejected' ? String(final.reason) : '';
        const exchange = await dial.wire();
        expect(
          final.status === 'fulfilled',
          'runTools() to end',
          new Words(`${failure}; ${String(described(exchange))}`),
        );
        expect(JSON.stringify(asked) === '[{"city":"Paris"}]', 'one call of kit_weather for Paris', asked);
        expect(final.value?.includes(`sunny ${dial.nonce}`) === true, 'an answer with the result', final.value);
      },
      catches: {
        'does not read results': lie.aboutRequest(/"role":"tool"/, noResults),
        'refuses results': refusesResults,
        'never calls': lie.asks((body) => ({ ...body, tools: undefined, tool_choice: undefined })),
        ...(stream
          ? { 'finishes with null': finishing(null) }
          : {
              'calls with arguments that are cut': eachCall((call) => ({
                ...call,
                function: { ...call.function, arguments: '{"ci' },
              })),
            }),
      },
    }),
  ),
  // A result under another call's id makes an agent tell the weather of one city for that of another.
  must('tools.result-bound', {
    says: 'each result is bound to its call by tool_call_id, whatever the order of the results',
    needs: ['probe', 'scripted'],
    situations: EITHER_MODE_OR_USER,
    async holds(dial) {
      const ids = [`call_a${dial.nonce}`, `call_b${dial.nonce}`];
      const [sunny, rainy] = [`sunny-${dial.nonce}`, `rainy-${dial.nonce}`];
      const results = [
        { role: 'tool', tool_call_id: ids[1], content: rainy },
        { role: 'tool', tool_call_id: ids[0], content: sunny },
      ];
      const { exchange } = await offered(dial, followUp(CALL_WEATHER, ids, results));
      const text = dial.probe.asked(sunny).at(-1)?.text ?? '';
      expect(text.includes(sunny) && text.includes(rainy), 'both results to reach the model', described(exchange));
      expect(ownerOf(text, sunny, ids) === ids[0], 'the first result under its own id', text.slice(-300));
      expect(ownerOf(text, rainy, ids) === ids[1], 'the second result under its own id', text.slice(-300));
    },
    catches: {
      'drops all but the last': messages((list) => list.filter((one, at) => !isResult(one) || at === list.length - 1)),
      'binds by order': messages((list) => {
        const results = list.filter(isResult).map(({ tool_call_id: id }): unknown => id);
        return list.map((one) => (isResult(one) ? { ...one, tool_call_id: results.pop() } : one));
      }),
      'forgets whose they are': messages((list) =>
        list.map((one) => (isResult(one) ? { ...one, tool_call_id: 'call_1' } : one)),
      ),
      'reads no result': noResults,
    },
  }),
  // A function that returns nothing has been called all the same: 2026.7.1 answered the old question again.
  ...EMPTY.map(({ id, what, result }) =>
    must(`tools.empty-result.${id}`, {
      says: `a result of ${what} completes its call: the agent is not asked the old question again`,
      since: '2026.9.6',
      needs: ['probe'],
      situations: EITHER_MODE_OR_USER,
      async holds(dial) {
        const call = `call_${dial.nonce}`;
        const question = `How is the weather? ${dial.nonce}`;
        const named = result.role === 'tool' ? { tool_call_id: call } : { name: 'kit_weather' };
        const { exchange } = await offered(dial, followUp(question, [call], [{ ...result, ...named }]));
        const text = dial.probe.asked(dial.nonce).at(-1)?.text ?? '';
        const answered = text.lastIndexOf(result.role === 'tool' ? call : 'kit_weather');
        expect(
          text !== '' && answered > text.indexOf(question),
          'the call and its result to reach the model',
          described(exchange),
        );
      },
      catches: {
        'drops it, and answers the question': messages((list) => (list.some(isResult) ? list.slice(0, 1) : list)),
        'refuses it': refusesResults,
        'drops it when it streams': lie.aboutStreams(
          messages((list) => (list.some(isResult) ? list.slice(0, 1) : list)),
        ),
      },
    }),
  ),
];

/** The SDK's loop with one function. */
function runTools(
  dial: Dial,
  stream: boolean,
  run: (args: object) => string,
): { finalContent(): Promise<string | null> } {
  const [{ function: weather }] = TOOLS as [{ function: object }];
  const tools = [{ type: 'function', function: { ...weather, parse: JSON.parse, function: run } }];
  const body = { ...dial.body(asking(dial, 'call-one'), { tools }), ...(stream && { stream: true }) };
  return dial.sdk.chat.completions.runTools(
    body as unknown as Parameters<typeof dial.sdk.chat.completions.runTools>[0],
  );
}
