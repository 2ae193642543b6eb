/**
 * A stream's events as a client reads them that forgives whatever it can: a case looks at the one promise that it is
 * about, and the rest is left to the cases that are about it.
 */
import type { Exchange } from '../wire/exchange.ts';
import { DONE, field, splitFrames } from '../wire/frames.ts';
import type { Dial, Send } from './dial.ts';
import { Violation } from './expectation.ts';
import { described, type Unjudged } from './reading.ts';

/** One event that has data. */
export interface Said {
  readonly data: string;
  /** The data as JSON; undefined when it is no object. */
  readonly chunk: Unjudged;
  /** When it was whole, in ms after the request began. */
  readonly at: number;
}

/** Streams by fetch alone: the SDK leaves at the sentinel, and never sees what stands behind it. */
export function streamed(
  dial: Dial,
  prompt = `Say hello. ${dial.nonce}`,
  fields: Readonly<Record<string, unknown>> = {},
  send: Send = {},
): Promise<Exchange> {
  return dial.send(dial.body(prompt, { stream: true, ...fields }), send);
}

/** Everything that was said, the sentinel too, and a last event that the blank line is missing of. */
export function eventsOf(exchange: Exchange): Said[] {
  const { frames, rest } = splitFrames(exchange.pieces);
  const unended = rest
    .split(/\r\n?|\n/)
    .map(field)
    .find(({ name }) => name === 'data');
  const said = [...frames, { data: unended?.value, at: exchange.endedAt }];
  return said.flatMap(({ data, at }) => (data === undefined ? [] : [{ data: data.trim(), chunk: objectIn(data), at }]));
}

/** The chunks before the sentinel, errors left out. A violation when it is no stream of chunks. */
export function chunksIn(exchange: Exchange): Said[] {
  const events = eventsOf(exchange);
  const done = events.findIndex(({ data }) => data === DONE);
  const said = done === -1 ? events : events.slice(0, done);
  const chunks = said.filter(({ chunk }) => chunk !== undefined && chunk.error === undefined);
  if (exchange.status < 300 && chunks.length > 0) return chunks;
  throw new Violation('a stream of chunks', described(exchange));
}

/** The text that a chunk adds; '' when it adds none. */
export function textIn({ chunk }: Said): string {
  const content: unknown = chunk?.choices?.[0]?.delta?.content;
  return typeof content === 'string' ? content : '';
}

/** The finish reason that a chunk gives; undefined when it gives none. */
export function finishIn({ chunk }: Said): unknown {
  return chunk?.choices?.[0]?.finish_reason || undefined;
}

/** The chunks that add text. A violation when none does. */
export function wordsIn(exchange: Exchange): [Said, ...Said[]] {
  const [first, ...others] = chunksIn(exchange).filter((said) => textIn(said) !== '');
  if (first) return [first, ...others];
  throw new Violation('a chunk with text', described(exchange));
}

export function spoken(exchange: Exchange): string {
  return wordsIn(exchange).map(textIn).join('');
}

function objectIn(data: string): Unjudged {
  try {
    const value = JSON.parse(data) as unknown;
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
