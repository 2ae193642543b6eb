/**
 * Splits server-sent events, byte for byte, by the grammar of
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
import { joined, type Piece } from './exchange.ts';

/** One event, comments included. */
export interface Frame {
  /** Its lines without line ends. */
  readonly lines: readonly string[];
  /** The values of its `data` fields joined by a newline; undefined when it has none. */
  readonly data: string | undefined;
  /** When its last byte arrived, in ms after the request began. */
  readonly at: number;
}

/** What `splitFrames` found. */
export interface Frames {
  readonly frames: readonly Frame[];
  /** The text after the last blank line, an unterminated event; '' in a complete stream. */
  readonly rest: string;
}

/** The data of the last event of OpenAI's streams, the sentinel. */
export const DONE = '[DONE]';

const LF = 0x0a;
const CR = 0x0d;

/** Splits a body into events. Chunking makes no difference; a line may end in LF, CRLF or CR alone. */
export function splitFrames(pieces: readonly Piece[]): Frames {
  const bytes = joined(pieces);
  // Only a byte order mark at the start is dropped.
  let lineStart = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  let frameStart = lineStart;
  let lines: string[] = [];
  const frames: Frame[] = [];
  const arrived = arrivals(pieces);
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  for (let at = lineStart; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte !== LF && byte !== CR) continue;
    const line = decoder.decode(bytes.subarray(lineStart, at));
    if (byte === CR && bytes[at + 1] === LF) at++;
    lineStart = at + 1;
    if (line !== '') {
      lines.push(line);
      continue;
    }
    if (lines.length > 0) frames.push({ lines, data: dataOf(lines), at: arrived(at) });
    lines = [];
    frameStart = lineStart;
  }
  return { frames, rest: decoder.decode(bytes.subarray(frameStart)) };
}

/** The name and value of a field line; one space after the colon belongs to the framing. */
export function field(line: string): { name: string; value: string } {
  const colon = line.indexOf(':');
  if (colon === -1) return { name: line, value: '' };
  const value = line.slice(colon + 1);
  return { name: line.slice(0, colon), value: value.startsWith(' ') ? value.slice(1) : value };
}

function dataOf(lines: readonly string[]): string | undefined {
  const values = lines.map(field).filter(({ name }) => name === 'data');
  return values.length === 0 ? undefined : values.map(({ value }) => value).join('\n');
}

/** When the byte at an offset arrived, in ms. Offsets must be passed in ascending order. */
function arrivals(pieces: readonly Piece[]): (offset: number) => number {
  let piece = 0;
  let end = pieces[0]?.bytes.length ?? 0;
  return (offset) => {
    while (offset >= end && piece < pieces.length - 1) end += pieces[++piece]!.bytes.length;
    return pieces[piece]?.at ?? 0;
  };
}
