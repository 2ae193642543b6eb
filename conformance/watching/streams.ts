/** What holds for one stream, whatever was asked. Each function throws a `Violation`, or returns. */

import { expect, expectEqual } from '../dial/expectation.ts';
import { chunkText, finishIn, type Said } from '../dial/reading.ts';
import { ChatCompletionChunk, expectShape, FINISH_REASONS } from '../vocabulary/shapes.ts';
import { expectCounts } from '../vocabulary/token-counts.ts';
import { DONE, field, type Frames } from '../wire/frames.ts';

/** How many chunks are held against the schema, at the beginning and at the end of a stream: a long one has thousands. */
const SHAPED = 200;

const isComment = (line: string): boolean => line.startsWith(':');

/** Every event is one line of data, JSON or the sentinel, and a blank line. */
export function expectEventLines({ frames, rest }: Frames): void {
  const events = frames.map(({ lines }) => lines.filter((line) => !isComment(line)));
  for (const lines of events.filter(({ length }) => length > 0)) {
    const only = field(lines[0]!);
    expect(lines.length === 1 && only.name === 'data', 'an event to be one line of data', lines);
    expect(only.value.trim() === DONE || isJson(only.value), 'data to be JSON or [DONE]', only.value);
  }
  expect(
    rest.split(/\r\n?|\n/).every((line) => line === '' || isComment(line)),
    'a blank line at the end',
    rest,
  );
}

/** The sentinel comes. */
export function expectDone(events: readonly Said[]): void {
  const last = events.at(-1)?.data;
  expect(
    events.some(({ data }) => data === DONE),
    'the stream to end with [DONE]',
    last,
  );
}

/** The sentinel comes once, and nothing after it. */
export function expectNothingAfterDone({ frames, rest }: Frames): void {
  const done = frames.findIndex(({ data }) => data?.trim() === DONE);
  if (done === -1) return;
  const after = [...frames.slice(done + 1).flatMap(({ lines }) => lines), ...rest.split(/\r\n?|\n/)];
  const said = after.filter((line) => line !== '' && !isComment(line));
  expect(said.length === 0, 'nothing after [DONE]', said);
}

/** One value of `key` in all chunks, of that kind. */
export function expectOne(said: readonly Said[], key: string, kind: (value: unknown) => boolean, wanted: string): void {
  // An event without choices is no chunk; `streaming.schema` judges it.
  const chunks = said.filter(({ chunk }) => chunk.choices !== undefined);
  const values = [...new Set(chunks.map(({ chunk }): unknown => chunk[key]))];
  expect(values.every(kind), `${key} of every chunk to be ${wanted}`, values);
  expect(values.length === 1, `one ${key} for all chunks`, values);
}

/** One id in all chunks, which is not empty. */
export const expectOneId = (said: readonly Said[]): void =>
  expectOne(said, 'id', (id) => typeof id === 'string' && id !== '', 'a text that is not empty');
/** One model in all chunks. */
export const expectOneModel = (said: readonly Said[]): void =>
  expectOne(said, 'model', (model) => typeof model === 'string', 'a text');
/** One time in all chunks, in whole seconds. */
export const expectOneCreated = (said: readonly Said[]): void =>
  expectOne(said, 'created', Number.isInteger, 'whole seconds');

/** Every chunk says that it is one. */
export function expectChunks(said: readonly Said[]): void {
  for (const { chunk } of said) expectEqual(chunk.object, 'chat.completion.chunk', 'object to be');
}

/** The shape of the SDK's type. */
export function expectChunkShape(said: readonly Said[]): void {
  const shaped = said.length > 2 * SHAPED ? [...said.slice(0, SHAPED), ...said.slice(-SHAPED)] : said;
  for (const { chunk } of shaped) expectShape(ChatCompletionChunk, chunk, 'chunk');
}

/** The first delta, and no other, has the role. */
export function expectRoleFirst(said: readonly Said[]): void {
  const [first, ...later] = said
    .flatMap(({ chunk }) => chunk.choices?.[0]?.delta ?? [])
    .map(({ role }): unknown => role);
  expectEqual(first, 'assistant', 'the first delta with role');
  const again = later.filter((role) => role !== undefined && role !== null);
  expect(again.length === 0, 'no role in later deltas', again);
}

/** One chunk has a finish reason, one that the SDK knows, and it is the last one that has a choice. */
export function expectFinish(said: readonly Said[]): void {
  const reasons = said.flatMap((one) => finishIn(one) ?? []);
  expect(reasons.length === 1, 'one chunk with a finish reason', reasons);
  expect(FINISH_REASONS.includes(reasons[0] as string), `a finish reason of ${FINISH_REASONS.join(', ')}`, reasons[0]);
  const at = said.findIndex((one) => finishIn(one));
  const behind = said.slice(at + 1);
  const text = behind.map(chunkText).join('');
  expect(text === '', 'no text after the finish reason', text);
  const late = behind.find(({ chunk }) => chunk.choices?.[0] !== undefined);
  expect(late === undefined, 'no choice after the finish reason', late?.chunk.choices);
}

/** Chunks with text have a finish reason of null. */
export function expectNullBefore(said: readonly Said[]): void {
  for (const one of said) {
    if (chunkText(one) === '') continue;
    const reason: unknown = one.chunk.choices[0].finish_reason;
    expect(reason !== undefined && reason !== '', 'finish_reason of a chunk with text to be null', reason);
  }
}

/** Whether a chunk has counts of tokens; null is none. */
export const hasUsage = ({ chunk }: Said): boolean => Boolean(chunk.usage);

/** Usage was asked for: one chunk has it, without choices, behind all others. */
export function expectUsage(said: readonly Said[]): void {
  const counted = said.filter(hasUsage);
  expect(
    counted.length === 1,
    'one chunk with usage before [DONE]',
    counted.map(({ chunk }): unknown => chunk.usage),
  );
  const { choices: none, usage } = counted[0]!.chunk;
  expect(Array.isArray(none) && none.length === 0, 'choices of the chunk with usage to be []', none);
  const spoke = said.findLastIndex((one) => finishIn(one) || chunkText(one) !== '');
  expect(said.indexOf(counted[0]!) > spoke, 'usage after the text and its finish', 'usage before them');
  expectCounts(usage);
}

/** Usage was not asked for: no chunk has it. */
export function expectNoUsage(said: readonly Said[]): void {
  const counted = said.find(hasUsage);
  expect(counted === undefined, 'no usage, because it was not asked for', counted?.chunk.usage);
}

/** No delta has half a surrogate pair: decoders other than JavaScript's replace each half, or refuse it. */
export function expectWholeCharacters(said: readonly Said[]): void {
  const torn = said.map(chunkText).find((text) => !text.isWellFormed());
  expect(torn === undefined, 'each delta to have whole characters', torn);
}

/** A failure is told by one error object with a message and a type, and the sentinel comes next. */
export function expectStreamedError(events: readonly Said[]): void {
  const errors = events.filter(({ chunk }) => chunk?.error);
  expect(
    errors.length === 1,
    'one error object',
    errors.map(({ data }) => data),
  );
  const { message, type } = errors[0]!.chunk.error as { message?: unknown; type?: unknown };
  expect(typeof message === 'string' && typeof type === 'string', 'an error with message and type', errors[0]!.data);
  expectEqual(events[events.indexOf(errors[0]!) + 1]?.data, DONE, 'after the error');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
