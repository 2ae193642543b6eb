/** What `tools` and `tool_choice` do to a run: what is offered, what must be called, and what is refused. */

import table from '../../../fixtures/bad-tools.json' with { type: 'json' };
import type { Dial } from '../../dial/dial.ts';
import { expect, expectEqual } from '../../dial/expectation.ts';
import type { Asked } from '../../dial/probe.ts';
import { described, eventsOf } from '../../dial/reading.ts';
import { kept, must } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import { WHICH_WORD, knows, play, remember } from '../../vocabulary/prompts.ts';
import { expectEnvelope, expectInvalid } from '../../vocabulary/refusal.ts';
import { EITHER_MODE_OR_USER } from '../../vocabulary/situations.ts';
import { expectStreamedError } from '../../watching/streams.ts';
import {
  TIME,
  WEATHER,
  asking,
  asksOtherwise,
  chosen,
  eachCall,
  expectCalled,
  free,
  ofMessage,
  offered,
  toolless,
} from './asking.ts';

/** Releases before it refuse a choice that insists on a call. */
const ENFORCED = '2026.6.11';
const NO_CALL = 'sentence';

/** The client's functions that the model was offered in the run of a call. */
async function offeredTo(
  dial: Dial,
  fields: Readonly<Record<string, unknown>>,
): Promise<{ run: Asked; names: string[] }> {
  const { exchange } = await offered(dial, asking(dial, 'call-one'), fields);
  const [run] = dial.probe.asked(dial.nonce);
  expect(run !== undefined, 'a run of the model', described(exchange));
  return { run, names: run.tools.filter((name) => name.startsWith('kit')) };
}

/** What is chosen, and no call of it: prose, or a call of something else. */
const UNMET = [
  { id: 'required', choice: 'required', reply: NO_CALL, what: 'tool_choice required, and an agent that talks instead' },
  {
    id: 'named',
    choice: chosen('kit_weather'),
    reply: NO_CALL,
    what: 'a named function, and an agent that talks instead',
  },
  {
    id: 'other',
    choice: chosen('kit_weather'),
    reply: 'call-other',
    what: 'a named function, and an agent that calls only another',
  },
] as const;

/** The cases, in the order of the contract. */
export const choices = [
  // A function without arguments has no parameters to tell: a schema of its own is made for it, or none.
  kept('tools.no-parameters', {
    says: 'a function without parameters is accepted like any other',
    source: 'https://platform.openai.com/docs/api-reference/chat/create#chat_create-tools',
    situations: EITHER_MODE_OR_USER,
    async holds(dial) {
      const tools = [{ type: 'function', function: { name: 'kit-now' } }];
      const word = `KW-${dial.nonce}`;
      const { text, exchange } = await dial.ask(`${remember(word)}\n\n${WHICH_WORD}`, { body: { tools } });
      expect(exchange.status === 200, 'an answer', described(exchange));
      expect(knows(text, word), `the code word ${word} of the call`, text);
    },
    catches: {
      'refuses it': lie.aboutRequest(/"name":"kit-now"/, async () =>
        lie.answer(400, { error: { message: 'parameters are required', type: 'invalid_request_error' } }),
      ),
      'breaks on it': lie.aboutRequest(/"name":"kit-now"/, async () => new Response('', { status: 500 })),
      'refuses it in streams': lie.aboutStreams(
        lie.aboutRequest(/"name":"kit-now"/, async () =>
          lie.answer(400, { error: { message: 'parameters are required', type: 'invalid_request_error' } }),
        ),
      ),
    },
  }),
  must('tools.forwarded', {
    says: 'the functions of a call are offered to the model, each by its name',
    needs: ['probe'],
    situations: EITHER_MODE_OR_USER,
    async holds(dial) {
      const { names } = await offeredTo(dial, {});
      expectEqual(names.toSorted().join(' '), 'kit-time kit_weather', 'the functions that the model was offered,');
    },
    catches: {
      'offers none': toolless,
      'offers the first alone': asksOtherwise(({ tools }) => ({ tools: tools.slice(0, 1) })),
      'offers them under other names': asksOtherwise(({ tools }) => ({
        tools: tools.map((tool: lie.Json) => ({
          ...tool,
          function: { ...tool.function, name: `kit_x_${tool.function.name}` },
        })),
      })),
      'offers none when it streams': lie.aboutStreams(toolless),
    },
  }),
  must('tools.choice-none', {
    says: 'with tool_choice none no function is offered, and the agent answers in words',
    needs: ['probe', 'scripted'],
    situations: EITHER_MODE_OR_USER,
    async holds(dial) {
      const { exchange, seen, calls } = await offered(dial, `${play(NO_CALL)} ${dial.nonce}`, { tool_choice: 'none' });
      expect(seen.isSuccess && calls.length === 0, 'an answer without a call', described(exchange));
      const names = dial.probe.asked(dial.nonce).flatMap(({ tools }) => tools.filter((name) => name.startsWith('kit')));
      expect(names.length === 0, 'no function of the client to be offered', names);
    },
    catches: {
      'takes none for auto': free,
      'takes it for auto when it streams': lie.aboutStreams(free),
      'refuses it': lie.aboutRequest(/"tool_choice":"none"/, async () =>
        lie.answer(400, { error: { message: 'No', type: 'invalid_request_error' } }),
      ),
    },
  }),
  ...[
    { id: 'required', choice: 'required', what: 'tool_choice required' },
    { id: 'named', choice: chosen('kit_weather'), what: 'a tool_choice that names a function' },
  ].map(({ id, choice, what }) =>
    must(`tools.choice.${id}`, {
      says: `${what} is accepted, and that is what is called`,
      core: true,
      since: ENFORCED,
      situations: EITHER_MODE_OR_USER,
      async holds(dial) {
        const answer = await offered(dial, asking(dial, 'call-one'), { tool_choice: choice });
        expect(answer.seen.isSuccess, 'an answer', described(answer.exchange));
        expectCalled(dial, answer);
        expectEqual(answer.calls[0]?.function.name, 'kit_weather', 'a call of');
      },
      catches: {
        'refuses it': lie.aboutRequest(/"tool_choice":(?:"required"|\{)/, async () =>
          lie.answer(400, { error: { message: 'not supported', type: 'invalid_request_error' } }),
        ),
        'takes it for none': asksOtherwise((body) => (body.tool_choice ? { tool_choice: 'none' } : {})),
        'calls another': eachCall((call) => ({ ...call, function: { ...call.function, name: 'kit-time' } })),
        'tells the call in words': ofMessage(({ tool_calls: calls, ...message }) => ({
          ...message,
          content: JSON.stringify(calls),
        })),
      },
    }),
  ),
  must('tools.narrowed', {
    says: 'a tool_choice that names a function offers that function alone',
    since: ENFORCED,
    needs: ['probe'],
    situations: EITHER_MODE_OR_USER,
    async holds(dial) {
      const { names } = await offeredTo(dial, { tool_choice: chosen('kit_weather') });
      expectEqual(names.join(' '), 'kit_weather', 'the functions that the model was offered,');
    },
    catches: {
      'offers all': free,
      'offers none': asksOtherwise(() => ({ tool_choice: 'none' })),
      'offers the others': asksOtherwise(() => ({ tools: [TIME], tool_choice: 'auto' })),
    },
  }),
  kept('tools.told', {
    says: 'a model that must call is told so: by its tool_choice, or by an instruction',
    since: ENFORCED,
    needs: ['probe'],
    async holds(dial) {
      for (const choice of ['required', chosen('kit_weather')]) {
        await offered(dial, asking(dial, 'call-one'), { tool_choice: choice });
        const run = dial.probe.asked(dial.nonce).at(-1);
        const told = run !== undefined && (!['auto', 'none'].includes(run.toolChoice) || /must call/i.test(run.text));
        expect(told, 'a model that is told that it must call', run?.toolChoice);
      }
    },
    catches: {
      'leaves it to the model': free,
      'leaves it to the model where one is named': asksOtherwise((body) =>
        typeof body.tool_choice === 'object' ? { tool_choice: 'auto', tools: [WEATHER] } : {},
      ),
      'tells it none': asksOtherwise(() => ({ tool_choice: 'none' })),
    },
  }),
  // A pipeline that insisted on a call parses the arguments: words in their place are taken for a success.
  ...UNMET.map(({ id, choice, reply, what }) =>
    must(`tools.unmet.${id}`, {
      says: `${what}: 502, or the error of a stream, and no words of the agent`,
      since: ENFORCED,
      needs: ['scripted'],
      situations: EITHER_MODE_OR_USER,
      async holds(dial) {
        const { exchange, seen, calls } = await offered(dial, `${play(reply)} ${dial.nonce}`, { tool_choice: choice });
        // A gateway may ask the model once more, which then does as it is told.
        const asked = calls.length > 0 && calls.every((call) => call.function.name === 'kit_weather');
        if (id === 'other' && asked) return 'asked once more, the agent called it';
        if (!seen.isStream) return expectEnvelope(exchange, 502);
        expectStreamedError(eventsOf(exchange));
        const said = seen.chunks.filter(({ chunk }) => {
          const { content, tool_calls: pieces } = chunk.choices?.[0]?.delta ?? {};
          return content || pieces || lie.finishes(chunk);
        });
        expect(
          said.length === 0,
          'no words, no call and no finish in front of the error',
          said.map(({ data }) => data),
        );
      },
      catches: {
        'answers in words': free,
        'answers in words when it streams': lie.aboutStreams(free),
        'calls it a mistake of the client': lie.insteadOf(502, () =>
          lie.answer(400, { error: { message: 'No', type: 'invalid_request_error' } }),
        ),
        'ends well behind the role': lie.frames((data) => (data.includes('"error":') ? [] : [data])),
        'says the error in words': lie.chunks((chunk) =>
          chunk.error
            ? { choices: [{ index: 0, delta: { content: chunk.error.message }, finish_reason: 'stop' }] }
            : chunk,
        ),
      },
    }),
  ),
  ...table.rows.map((row) => {
    const { id, what, fields, since } = row as (typeof table.rows)[number] & { readonly since?: string };
    return must(`tools.${id}`, {
      says: `${what} is refused: 400 invalid_request_error, no run`,
      ...(since && { since }),
      situations: EITHER_MODE_OR_USER,
      async holds(dial) {
        const sent = { ...fields, ...(fields.tools === '{tools}' && { tools: [WEATHER] }) };
        const exchange = await dial.send(dial.body(`Say hello. ${dial.nonce}`, sent));
        expectInvalid(exchange);
        dial.noRun(dial.nonce);
      },
      catches: {
        'does not look at it': lie.asks((body) => ({ ...body, tools: undefined, tool_choice: undefined })),
        'breaks on it': lie.aboutRequest(
          /"tools"|"tool_choice"/,
          lie.insteadOf(400, () => lie.answer(500, { error: { message: 'internal error', type: 'api_error' } })),
        ),
        'refuses with an error of another type': lie.aboutRequest(
          /"tools"|"tool_choice"/,
          lie.insteadOf(400, () => lie.answer(400, { error: { message: 'No', type: 'tools_error' } })),
        ),
        'does not look at it when it streams': lie.aboutStreams(
          lie.asks((body) => ({ ...body, tools: undefined, tool_choice: undefined })),
        ),
      },
    });
  }),
  // Whose a call would be could not be told.
  kept('tools.clash', {
    says: 'two functions of one name are refused with 400 and no run',
    async holds(dial) {
      const { exchange } = await offered(dial, `Say hello. ${dial.nonce}`, { tools: [WEATHER, TIME, WEATHER] });
      expectInvalid(exchange);
      dial.noRun(dial.nonce);
    },
    catches: {
      'takes the last one': asksOtherwise(({ tools }) => ({ tools: tools.slice(0, 2) })),
      'breaks on it': lie.insteadOf(400, () => new Response('Internal Server Error', { status: 500 })),
      'refuses in words': lie.insteadOf(400, () => new Response('Bad Request', { status: 400 })),
    },
  }),
];
