/**
 * Reads the agent's answer from a body or from the events of a stream, as leniently as any client might: a case checks its
 * own promise only, and a violation of another one is left to the cases about that.
 */
import { Excess } from '../wire/bounds.ts';
import { textIn, type Exchange } from '../wire/exchange.ts';
import { splitFrames, DONE, field, type Frames } from '../wire/frames.ts';
import { Violation, Words, quoted } from './expectation.ts';

/** A parsed body or chunk of unknown shape. */
// oxlint-disable-next-line typescript/no-explicit-any -- its shape is what a case checks
export type Unjudged = any;

/** The body as JSON; undefined when it is not JSON. */
export function jsonOf(exchange: Exchange): Unjudged {
  return parsed(exchange.body);
}

/** @throws {Excess} when only the beginning was kept: nothing can be said of the rest. */
function framesOf({ pieces, end, bound = 'more than was read' }: Exchange): Frames {
  if (end === 'over') throw new Excess(bound);
  return splitFrames(pieces);
}

/** The text of a non-streaming answer. @throws {Violation} when there is none. */
export function textOf(exchange: Exchange): string {
  const content: unknown = jsonOf(exchange)?.choices?.[0]?.message?.content;
  if (typeof content === 'string') return content;
  throw new Violation('an answer of the agent', described(exchange));
}

/** The text of a streamed answer; '' when no chunk has any. @throws {Violation} when there are no chunks. */
export const streamText = (exchange: Exchange): string =>
  chunksIn(exchange, 'a streamed answer of the agent').map(chunkText).join('');

/** The text of an answer, whole or streamed. @throws {Violation} when there is none. */
export const answerOf = (exchange: Exchange): string =>
  jsonOf(exchange) === undefined ? streamText(exchange) : textOf(exchange);

/** A response in short, for a message: status, content type, quoted body, and how it ended unless complete. */
export function described({ status, headers, pieces, end, bound }: Exchange): Words {
  const how = end === 'complete' ? '' : ` (${bound ?? END[end]})`;
  const type = headers.get('content-type') ?? 'without a content type';
  return new Words(`${status} ${type} ${quoted(textIn(pieces)) || '(no body)'}${how}`);
}

const END = {
  cut: 'the connection broke',
  left: 'we left',
  open: 'it had not ended',
  over: 'it was too long',
} as const;

function parsed(text: string): Unjudged {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** One event that has data, as a lenient client reads it. */
export interface Said {
  readonly data: string;
  /** The data as JSON; undefined when it is not an object. */
  readonly chunk: Unjudged;
  /** When its last byte arrived, in ms after the request began. */
  readonly at: number;
}

/** Every event, `[DONE]` included, and a last one whose closing blank line is missing. */
export function eventsOf(exchange: Exchange, { frames, rest }: Frames = framesOf(exchange)): Said[] {
  const unended = rest
    .split(/\r\n?|\n/)
    .map(field)
    .find(({ name }) => name === 'data');
  const said = [...frames, { data: unended?.value, at: exchange.endedAt }];
  return said.flatMap(({ data, at }) => (data === undefined ? [] : [{ data: data.trim(), chunk: objectIn(data), at }]));
}

/** The chunks before `[DONE]`, without errors. @throws {Violation} when there are none. */
export function chunksIn(exchange: Exchange, expected = 'a stream of chunks'): Said[] {
  const events = eventsOf(exchange);
  const done = events.findIndex(({ data }) => data === DONE);
  const said = done === -1 ? events : events.slice(0, done);
  const chunks = said.filter(({ chunk }) => chunk !== undefined && chunk.error === undefined);
  if (exchange.status < 300 && chunks.length > 0) return chunks;
  throw new Violation(expected, described(exchange));
}

/** The text that a chunk adds; '' when it adds none. */
export function chunkText({ chunk }: Pick<Said, 'chunk'>): string {
  const content: unknown = chunk?.choices?.[0]?.delta?.content;
  return typeof content === 'string' ? content : '';
}

/** The finish reason of a chunk; undefined when it has none. */
export function finishIn({ chunk }: Pick<Said, 'chunk'>): unknown {
  return chunk?.choices?.[0]?.finish_reason || undefined;
}

/** The chunks that add text. @throws {Violation} when none does. */
export function wordsIn(exchange: Exchange): [Said, ...Said[]] {
  const [first, ...others] = chunksIn(exchange).filter((said) => chunkText(said) !== '');
  if (first) return [first, ...others];
  throw new Violation('a chunk with text', described(exchange));
}

/** The text of a streamed answer. @throws {Violation} when it has none. */
export function spoken(exchange: Exchange): string {
  return wordsIn(exchange).map(chunkText).join('');
}

function objectIn(data: string): Unjudged {
  const value: unknown = parsed(data);
  return typeof value === 'object' && value !== null ? value : undefined;
}
