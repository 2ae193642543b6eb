/** Every way to write an answer that the standards allow is read as the same answer. */
import {
  altered,
  bytewise,
  chunkLike,
  DONE,
  escaped,
  finishes,
  framed,
  JSON_TYPE,
  split,
  type Chunk,
  type Piece,
} from '../framing.ts';
import type { Answer, Faithful } from '../stand.ts';
import { expectAnswer, type Stage } from '../stage.ts';
import { CHUNK, COMPLETION, HTTP1, JSON_RFC, PAGE, SSE, STREAMED, WHOLE, type Trial } from '../trial.ts';

/** A way to write an answer, from some part of the faithful one. */
type Way<From> = readonly [
  name: string,
  level: Trial['level'],
  source: string,
  says: string,
  pieces: (from: From, stage: Stage) => Iterable<Piece>,
  more?: Partial<Answer>,
  text?: readonly string[],
];

function framing<From>(
  modes: Trial['modes'],
  given: (faithful: Faithful) => Partial<Answer> & { readonly from: From },
  [name, level, source, says, pieces, more, text]: Way<From>,
): Trial {
  const answer = (faithful: Faithful, stage: Stage): Answer | undefined => {
    if (faithful.status !== 200) return undefined;
    const { from, ...standard } = given(faithful);
    return { ...standard, pieces: pieces(from, stage), ...more };
  };
  return {
    id: `framing.${name}`,
    level,
    says,
    source,
    modes,
    holds: async (stage) =>
      expectAnswer(await stage.run({ ...(text && { text }), answer: (faithful) => answer(faithful, stage) })),
  };
}

/** A way to write a stream, from the data of its events. */
const stream = (...way: Way<readonly string[]>): Trial => framing(STREAMED, ({ events }) => ({ from: events }), way);

/** A way to write a whole answer, from its JSON. */
const whole = (...way: Way<string>): Trial => framing(WHOLE, ({ body }) => ({ headers: JSON_TYPE, from: body }), way);

const joined = (events: readonly string[], frame?: (data: string) => string): string => framed(events, frame).join('');
const delta = (chunk: Chunk, more: object): Chunk => ({
  ...chunk,
  choices: chunk.choices.map((choice) => ({ ...choice, delta: { ...choice.delta, ...more } })),
});
/** A chunk without a choice in front of [DONE]. */
function withUsage(events: readonly string[]): string[] {
  const { choices: _, ...first } = JSON.parse(events[0]!) as Chunk;
  const usage = { prompt_tokens: 7, completion_tokens: 9, total_tokens: 16 };
  const end = events.findIndex(finishes) + 1;
  return [...events.slice(0, end), JSON.stringify({ ...first, choices: [], usage }), DONE];
}
/** The first two chunks as one: the role, and the first words. */
function roleWithText([, second, ...others]: readonly string[]): string[] {
  return [JSON.stringify(delta(JSON.parse(second!) as Chunk, { role: 'assistant' })), ...others];
}

const UNKNOWN = { x_new: { nested: [1, null, 'two'] }, provider: 'later', citations: [] };
/** In front of which event a comment stands for all of the time of the heartbeat. */
const BEATS = 20;

/** Trials of `framing.*`. */
export const framingTrials: readonly Trial[] = [
  stream('crlf', 'MUST', SSE, 'lines may end with CR LF', (events) =>
    framed(events, (data) => `data: ${data}\r\n\r\n`),
  ),
  stream('cr', 'MUST', SSE, 'lines may end with CR', (events) => framed(events, (data) => `data: ${data}\r\r`)),
  stream('torn-crlf', 'MUST', SSE, 'CR and LF of a line end may come in two reads', (events) =>
    events.flatMap((data): Piece[] => [`data: ${data}\r`, 4, '\n\r', 4, '\n']),
  ),
  stream('comments', 'MUST', SSE, 'comments may stand between events, and between the lines of one', (events) =>
    framed(events, (data) => `: a comment\n\n:\n: data: {"no": "event"}\ndata: ${data}\n: [DONE]\n\n`),
  ),
  stream('no-blank', 'MUST', SSE, 'the blank after the colon may be left out', (events) =>
    framed(events, (data) => `data:${data}\n\n`),
  ),
  stream('more-lines', 'MUST', SSE, 'empty lines may follow each other', (events) =>
    framed(events, (data) => `\n\ndata: ${data}\n\n\n\n`),
  ),
  stream(
    'other-fields',
    'MUST',
    SSE,
    'fields of other names, and names without a value, may stand beside data',
    (events) => framed(events, (data) => `retry: 1000\nx-other: 1\nnothing\ndata: ${data}\n\n`),
  ),
  stream('event-ids', 'SHOULD', SSE, 'events may have an id, and an empty event is no event', (events) =>
    events.map((data, at) => `id: ${at}\ndata: ${data}\n\n: ping\n\n`),
  ),
  stream('data-lines', 'SHOULD', SSE, 'one event may have several lines of data', (events) =>
    framed(events, (data) => (data === DONE ? `data: ${data}\n\n` : `data: ${data.replace(',', ',\ndata: ')}\n\n`)),
  ),
  stream('bom', 'SHOULD', SSE, 'a byte order mark may stand in front', (events) => [
    `\ufeff${joined(roleWithText(events))}`,
  ]),
  stream('bytes', 'MUST', HTTP1, 'a stream may come one byte at a time', (events) => bytewise(joined(events)), {}, [
    '十🦊.',
  ]),
  stream('split-characters', 'MUST', HTTP1, 'a character may come in two reads', (events) => split(joined(events))),
  stream('torn-events', 'MUST', HTTP1, 'an event may come in two reads, and the rest of it with the next', (events) => {
    const text = joined(events);
    const cuts = [11, 90, ...Array.from({ length: 6 }, (_, at) => 190 + at * 173), text.length];
    return cuts.flatMap((cut, at): Piece[] => [text.slice(cuts[at - 1] ?? 0, cut), 5]);
  }),
  stream('torn-line-ends', 'MUST', HTTP1, 'the two line ends of an event may come in two reads', (events) =>
    events.flatMap((data): Piece[] => [`data: ${data}\n`, 5, '\n']),
  ),
  stream('many-events', 'MUST', HTTP1, 'all events may come in one read', (events) => [joined(events)]),
  stream('long-lines', 'MUST', SSE, 'a line may have 64 kB, and come in several reads', (events) =>
    framed(altered(events, (chunk) => ({ x_padding: '·'.repeat(32 * 1024), ...chunk }))),
  ),
  stream('content-type', 'MUST', SSE, 'the content type may stand without a charset', (events) => framed(events), {
    headers: { 'content-type': 'text/event-stream' },
  }),
  stream(
    'until-close',
    'MUST',
    `${HTTP1}#section-6.3`,
    'a stream may be delimited by the end of the connection',
    (events) => framed(events),
    { ending: 'close' },
  ),
  stream('escapes', 'MUST', JSON_RFC, 'characters may be written as escapes, in any chunk', (events) =>
    framed(events.map(escaped)),
  ),
  stream(
    'surrogates',
    'NOTE',
    CHUNK,
    'the two halves of an emoji may come in two deltas',
    (events) =>
      framed([
        ...events.slice(0, 1),
        ...['A \\ud83e', '\\udd8a ', 'fox.'].map((text) => chunkLike(events, { content: '@' }).replace('@', text)),
        ...events.slice(events.findIndex(finishes)),
      ]),
    {},
    ['A 🦊 fox.'],
  ),
  stream(
    'unknown-fields',
    'MUST',
    CHUNK,
    'fields that are not known may stand in a chunk, a choice and a delta',
    (events) =>
      framed(
        altered(events, (chunk) => ({
          ...UNKNOWN,
          ...chunk,
          choices: chunk.choices.map((choice) => ({ ...UNKNOWN, ...choice, delta: { ...UNKNOWN, ...choice.delta } })),
        })),
      ),
  ),
  stream('null-fields', 'MUST', CHUNK, 'fields without a value may be null', (events) =>
    framed(
      altered(events, (chunk) => ({
        ...delta(chunk, { refusal: null, tool_calls: null, function_call: null }),
        usage: null,
        system_fingerprint: null,
        service_tier: null,
      })),
    ),
  ),
  stream(
    'absent-finish',
    'SHOULD',
    CHUNK,
    'a finish reason that is not there yet may be left out instead of null',
    (events) =>
      framed(
        altered(events, (chunk) => ({
          ...chunk,
          choices: chunk.choices.map(({ finish_reason: reason, ...choice }) =>
            reason === null ? choice : { ...choice, finish_reason: reason },
          ),
        })),
      ),
  ),
  stream('empty-deltas', 'MUST', CHUNK, 'a delta may be empty, its content empty or null', (events) =>
    framed(
      events.flatMap((data, at) => {
        if (at === 0 || at >= events.length - 2) return [data];
        const [empty, blank, none] = [{}, { content: '' }, { content: null }].map((given) =>
          JSON.stringify({
            ...(JSON.parse(data) as Chunk),
            choices: [{ index: 0, delta: given, finish_reason: null }],
          }),
        );
        return [empty!, blank!, none!, data];
      }),
    ),
  ),
  stream('role-with-text', 'MUST', CHUNK, 'the first chunk may have the first words beside the role', (events) =>
    framed(roleWithText(events)),
  ),
  stream('role-again', 'SHOULD', CHUNK, 'every chunk may name the role again', (events) =>
    framed(altered(events, (chunk) => delta(chunk, { role: 'assistant' }))),
  ),
  stream('usage-chunk', 'MUST', CHUNK, 'a chunk with usage and no choice may stand in front of [DONE]', (events) =>
    framed(withUsage(events)),
  ),
  stream('no-choice-first', 'SHOULD', CHUNK, 'a chunk without a choice may stand in front of all', (events) =>
    framed([JSON.stringify({ ...(JSON.parse(events[0]!) as Chunk), choices: [] }), ...events]),
  ),
  stream(
    'heartbeat',
    'SHOULD',
    `${PAGE}#streaming-sse`,
    'comments may come for 20 s before the answer does',
    (events, { ground: { heartbeat } }) => [
      ...Array.from({ length: BEATS }).flatMap((): Piece[] => [': heartbeat\n\n', heartbeat / BEATS]),
      ...framed(events),
    ],
  ),
  whole('bytes-whole', 'MUST', HTTP1, 'a whole answer may come one byte at a time', (json) => bytewise(json)),
  whole('split-whole', 'MUST', HTTP1, 'a character of a whole answer may come in two reads', (json) => split(json)),
  whole('spaces', 'MUST', JSON_RFC, 'white space may stand around every token of a whole answer', (json) => [
    `\n ${JSON.stringify(JSON.parse(json), null, 2)}\n\n`,
  ]),
  whole('escapes-whole', 'MUST', JSON_RFC, 'characters of a whole answer may be written as escapes', (json) => [
    escaped(json),
  ]),
  whole(
    'close-whole',
    'MUST',
    `${HTTP1}#section-6.3`,
    'a whole answer may be delimited by the end of the connection',
    (json) => [json],
    { ending: 'close' },
  ),
  whole(
    'type-whole',
    'MUST',
    JSON_RFC,
    'the content type of a whole answer may stand without a charset',
    (json) => [json],
    { headers: { 'content-type': 'application/json' } },
  ),
  whole('unknown-whole', 'MUST', COMPLETION, 'fields that are not known may stand in a whole answer', (json) => [
    JSON.stringify(wholly(json, UNKNOWN)),
  ]),
  whole('null-whole', 'MUST', COMPLETION, 'fields of a whole answer without a value may be null', (json) => [
    JSON.stringify(
      wholly(json, {
        refusal: null,
        tool_calls: null,
        function_call: null,
        annotations: null,
        audio: null,
        logprobs: null,
        system_fingerprint: null,
        service_tier: null,
      }),
    ),
  ]),
];

interface Completion {
  readonly choices: readonly { readonly message: object }[];
}

/** The fields in the answer, its choices and its messages. */
function wholly(json: string, fields: object): object {
  const answer = JSON.parse(json) as Completion;
  return {
    ...fields,
    ...answer,
    choices: answer.choices.map((choice) => ({ ...fields, ...choice, message: { ...fields, ...choice.message } })),
  };
}
