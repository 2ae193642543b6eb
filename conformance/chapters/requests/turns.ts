/** Earlier turns, as the model provider behind the gateway sees them: all of them, in order, in their roles. */

import type { Dial } from '../../dial/dial.ts';
import { expect } from '../../dial/expectation.ts';
import type { Mutant } from '../../dial/mutant.ts';
import { described, jsonOf } from '../../dial/reading.ts';
import type { Asked } from '../../dial/probe.ts';
import { Undecided } from '../../undecided.ts';
import { kept } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import type { Json } from '../../vocabulary/liars.ts';
import { WHICH_WORD, knows, remember } from '../../vocabulary/prompts.ts';
import { PLAIN_AND_FAR } from '../../vocabulary/situations.ts';
import { messages, refusing } from './liars.ts';

const OPENAI = 'https://platform.openai.com/docs/api-reference/chat/create';

/** More turns than a window of ten or twenty keeps. */
const MANY = 24;

/** The run of a call with these messages; the last one holds the tag. */
async function runOf(dial: Dial, list: readonly object[], tag: string): Promise<Asked> {
  const { text } = await dial.ask([...list, { role: 'user', content: `Say hello. ${tag}` }]);
  expect(text !== '', 'an answer', text);
  const run = dial.probe.asked(tag)[0];
  expect(run !== undefined, 'a run behind the answer', 'none');
  return run;
}

/** The line of the provider's text in which a tag stands; a turn of its own has no role written before it. */
function roleOf({ history, text }: Asked, tag: string): string {
  const turn = history.find((one) => one.text.includes(tag));
  const line = text.split('\n').find((one) => one.includes(tag)) ?? '';
  return /^\s*\w+(?=:)/.exec(line)?.[0].trim().toLowerCase() ?? turn?.role ?? 'none';
}

/** The texts of each turn: each third one has two, which are the parts of its content. */
const textsOf = (tag: string, at: number): string[] => [`Noted ${tag}.`, ...(at % 3 === 2 ? [`Also ${tag}.`] : [])];

const contentOf = ([text, ...others]: readonly string[]): unknown =>
  others.length === 0 ? text : [text, ...others].map((part) => ({ type: 'text', text: part }));

/** Messages in front of the last one whose content is an array, read in another way. */
const earlierParts = (read: (parts: readonly Json[]) => unknown): Mutant =>
  messages((list) =>
    list.map((one, at) =>
      at < list.length - 1 && Array.isArray(one.content) ? { ...one, content: read(one.content) } : one,
    ),
  );

const flipped = (message: Json): Json =>
  message.role === 'assistant' ? { ...message, role: 'user', tool_calls: undefined } : message;

const listOf = ({ messages: list }: Json): Json[] => (Array.isArray(list) ? list : []);

/** The roles of the turns in front of the last one. */
const ORDERS = [
  ['user'],
  ['assistant'],
  ['user', 'assistant', 'assistant'],
  ['system', 'system', 'user', 'user'],
] as const;

/** `requests.turns`, `requests.role-orders`, `requests.null-content`, `requests.late-system`. */
export const turns = [
  // Chat clients send the whole conversation: a window of fifty messages forgets how it began.
  kept('requests.long-history', {
    says: 'the first of 121 messages reaches the agent',
    source: OPENAI,
    situations: PLAIN_AND_FAR,
    async holds(dial) {
      const word = `KW-${dial.nonce}`;
      const others = Array.from({ length: 59 }, (_, at) => [
        { role: 'user', content: `Note ${at}.` },
        { role: 'assistant', content: 'Noted.' },
      ]).flat();
      const { text } = await dial.ask([
        { role: 'user', content: remember(word) },
        { role: 'assistant', content: 'OK' },
        ...others,
        { role: 'user', content: WHICH_WORD },
      ]);
      expect(knows(text, word), `the code word ${word} of the first of ${others.length + 3} messages`, text);
    },
    catches: {
      'keeps fifty messages': messages((list) => list.slice(-50)),
      'keeps a hundred messages': messages((list) => list.slice(-100)),
      'keeps a hundred messages of users': lie.aboutUsers(messages((list) => list.slice(-100))),
      'refuses more than a hundred': refusing((body) => listOf(body).length > 100),
    },
  }),
  // A client keeps the message that it got and sends it back: the fields of OpenAI's that it has no use for, too.
  kept('requests.sent-back', {
    says: 'the message of an answer is taken as an earlier turn as it came, with refusal and annotations',
    source: OPENAI,
    situations: PLAIN_AND_FAR,
    async holds(dial) {
      const word = `KW-${dial.nonce}`;
      const first = { role: 'user', content: remember(word) };
      const came: unknown = jsonOf(await dial.send(dial.body([first], { stream: false })))?.choices?.[0]?.message;
      if (typeof came !== 'object' || came === null) throw new Undecided('no message came that could be sent back');
      const own = { refusal: null, annotations: [], audio: null, function_call: null, ...came };
      const { text, exchange } = await dial.ask([first, own, { role: 'user', content: WHICH_WORD }]);
      expect(exchange.status === 200, 'an answer', described(exchange));
      expect(knows(text, word), `the code word ${word} in front of the message`, text);
    },
    catches: {
      'refuses annotations': refusing((body) => listOf(body).some((one) => 'annotations' in one)),
      'refuses a refusal': refusing((body) => listOf(body).some((one) => 'refusal' in one)),
      'refuses what is null': refusing((body) => listOf(body).some((one) => one.function_call === null)),
      'drops what was said before such a message': messages((list) =>
        list.slice(
          Math.max(
            0,
            list.findLastIndex((one) => 'annotations' in one),
          ),
        ),
      ),
    },
  }),
  kept('requests.turns', {
    says: 'many earlier turns reach the agent: all of them, in their order, each in its role',
    source: OPENAI,
    needs: ['probe'],
    core: false,
    situations: PLAIN_AND_FAR,
    async holds(dial) {
      const tags = Array.from({ length: MANY }, (_, at) => `turn-${at}-${dial.nonce}`);
      const list = tags.map((tag, at) => ({
        role: at % 2 ? 'assistant' : 'user',
        content: contentOf(textsOf(tag, at)),
      }));
      const run = await runOf(dial, list, `last-${dial.nonce}`);
      const places = tags.flatMap(textsOf).map((text) => run.text.indexOf(text));
      const whole = tags.filter((tag, at) => textsOf(tag, at).every((text) => run.text.includes(text)));
      expect(whole.length === MANY, `all ${MANY} earlier turns`, `${whole.length} of them`);
      const ordered = places.every((at, index) => index === 0 || at > places[index - 1]!);
      expect(ordered, 'the earlier turns in their order', run.text.slice(-160));
      const wrong = tags.find((tag, at) => roleOf(run, tag) !== (at % 2 ? 'assistant' : 'user'));
      expect(wrong === undefined, 'each earlier turn in its role', wrong && `${wrong} as ${roleOf(run, wrong)}`);
    },
    catches: {
      'keeps the last ten': messages((list) => list.slice(-10)),
      'keeps the last twenty': messages((list) => list.slice(-20)),
      'makes a word of the parts of earlier messages': earlierParts(String),
      'reads the first part of earlier messages': earlierParts(([first]) => first?.text),
      'reads the last part of earlier messages': earlierParts((parts) => parts.at(-1)?.text),
      'drops earlier messages of parts': earlierParts(() => ''),
      'gives them backwards': messages((list) => [...list.slice(0, -1).toReversed(), ...list.slice(-1)]),
      'takes answers for questions': messages((list) => list.map(flipped)),
      'drops them when it streams': lie.aboutStreams(messages((list) => list.slice(-1))),
    },
  }),
  // Chat templates of some models refuse them; two devices of one user make them, and so do answers that were cut off.
  kept('requests.role-orders', {
    says: 'turns may follow each other in any order: two of one role, an answer first, instructions twice',
    source: OPENAI,
    situations: PLAIN_AND_FAR,
    async holds(dial) {
      for (const order of ORDERS) {
        const list = order.map((role, at) => ({ role, content: `Turn ${at} ${dial.nonce}.` }));
        const { text, exchange } = await dial.ask([...list, { role: 'user', content: `Say hello. ${dial.nonce}` }]);
        expect(exchange.status === 200 && text !== '', `an answer behind ${order.join(', ')}`, described(exchange));
      }
    },
    catches: {
      'wants turns to alternate': refusing((body) =>
        listOf(body).some(
          (one: Json, at: number) => one?.role !== 'system' && one?.role === listOf(body)[at + 1]?.role,
        ),
      ),
      'wants the client to begin': refusing((body) => listOf(body)[0]?.role === 'assistant'),
      'wants instructions once': refusing(
        (body) => listOf(body).filter((one: Json) => one?.role === 'system').length > 1,
      ),
    },
  }),
  kept('requests.null-content', {
    says: 'an earlier answer whose content is null says nothing: no "null" in its place',
    source: OPENAI,
    needs: ['probe'],
    core: false,
    situations: PLAIN_AND_FAR,
    async holds(dial) {
      const call = { id: 'call_1', type: 'function', function: { name: 'look_up', arguments: '{}' } };
      const list = [
        { role: 'user', content: `What is the weather? ${dial.nonce}` },
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: 'call_1', content: 'sunny' },
      ];
      const { text } = await runOf(dial, list, `last-${dial.nonce}`);
      const told = text.slice(text.indexOf(dial.nonce));
      expect(!/\b(?:null|undefined)\b/.test(told), 'no "null"', told.slice(0, 160));
    },
    catches: {
      'makes a text of it': messages((list) => list.map((one) => ({ ...one, content: one.content ?? 'null' }))),
      'makes another text of it': messages((list) =>
        list.map((one) => ({ ...one, content: one.content ?? 'undefined' })),
      ),
    },
  }),
  kept('requests.late-system', {
    says: 'system messages between and behind the turns instruct the agent too',
    source: OPENAI,
    needs: ['probe'],
    core: false,
    situations: PLAIN_AND_FAR,
    async holds(dial) {
      const rules = [`early-${dial.nonce}`, `late-${dial.nonce}`];
      const [early, late] = rules.map((rule) => ({ role: 'system', content: `Be brief. Your rule is ${rule}.` }));
      const list = [{ role: 'user', content: 'Hi.' }, early!, { role: 'assistant', content: 'Hello.' }, late!];
      const run = await runOf(dial, list, `last-${dial.nonce}`);
      const missing = rules.find((rule) => !run.instructions.includes(rule));
      expect(missing === undefined, 'both system messages among the instructions', `without ${missing}`);
    },
    catches: {
      'knows them in the first place alone': messages((list) =>
        list.filter(({ role }, at) => at === 0 || role !== 'system'),
      ),
      'keeps one of them': messages((list) =>
        list.filter(({ role }, at) => role !== 'system' || list.findIndex((one) => one.role === 'system') === at),
      ),
    },
  }),
];
