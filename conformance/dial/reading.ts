/**
 * What the wire says that the agent answered, read as leniently as any client might: one broken promise about the shape
 * of an answer must not redden the promises about what it says.
 */
import { textIn, type Exchange } from '../wire/exchange.ts';
import { splitFrames } from '../wire/frames.ts';
import { Violation, Words, quoted } from './expectation.ts';

/** A parsed body or chunk, of which nothing is known yet. */
// oxlint-disable-next-line typescript/no-explicit-any -- it is what a case is about to find out
export type Unjudged = any;

/** The body as JSON; undefined when it is none. */
export function jsonOf(exchange: Exchange): Unjudged {
  return parsed(exchange.body);
}

/** The data of every event that is JSON, in order. */
export function chunksOf(exchange: Exchange): Unjudged[] {
  return splitFrames(exchange.pieces).frames.flatMap(({ data }) => {
    const chunk = data === undefined ? undefined : parsed(data);
    return chunk === undefined ? [] : [chunk];
  });
}

/** The text of a non-streaming answer. A violation when there is none. */
export function textOf(exchange: Exchange): string {
  const content: unknown = jsonOf(exchange)?.choices?.[0]?.message?.content;
  if (typeof content === 'string') return content;
  throw new Violation('an answer of the agent', described(exchange));
}

/** The joined deltas of a streamed answer. A violation when it is no stream of chunks. */
export function spokenText(exchange: Exchange): string {
  const chunks = chunksOf(exchange);
  if (exchange.status < 300 && chunks.some((chunk) => chunk?.choices !== undefined)) return joinedDeltas(chunks);
  throw new Violation('a streamed answer of the agent', described(exchange));
}

export function joinedDeltas(chunks: readonly Unjudged[]): string {
  return chunks
    .map((chunk): unknown => chunk?.choices?.[0]?.delta?.content)
    .filter((content) => typeof content === 'string')
    .join('');
}

/** A reply in a few words, for a message: its body is quoted as it came. */
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
