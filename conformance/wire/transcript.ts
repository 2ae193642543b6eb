/** An exchange as moments for a reader, each with its milliseconds. Not redacted. */
import { textIn } from './exchange.ts';
import { splitFrames } from './frames.ts';
import type { Exchange } from './exchange.ts';
import type { RawExchange } from './socket.ts';

/** Characters of one moment, and frames of one exchange, that a reader still reads. */
const WIDEST = 400;
const MOST_FRAMES = 30;
/** Headers that the SDK and fetch add, which tell about this machine and not about the promise. */
const OURS =
  /^(?:x-stainless-.*|user-agent|accept|accept-encoding|accept-language|sec-fetch-mode|connection|content-length)$/i;

export interface Moment {
  /** In ms after the request began, to a tenth; null where it has no time of its own. */
  readonly at: number | null;
  readonly side: 'sent' | 'came' | 'note';
  readonly text: string;
}

/** The request line, its headers and its body; the status, each frame or the body; how it ended. */
export function momentsOf(exchange: Exchange): Moment[] {
  const { request, status, headersAt, headers, endedAt, end, bound } = exchange;
  const { pathname, search } = new URL(request.url);
  const asked = [
    moment(0, 'sent', `${request.method} ${pathname}${search}`),
    ...request.headers
      .filter(([name]) => !OURS.test(name))
      .map(([name, value]) => moment(null, 'sent', `${name}: ${value}`)),
    ...(request.body === undefined ? [] : [moment(null, 'sent', request.body)]),
  ];
  const { frames, rest } = headers.get('content-type')?.includes('text/event-stream')
    ? splitFrames(exchange.pieces)
    : { frames: [], rest: textIn(exchange.pieces) };
  const answered = frames.map((frame) => moment(frame.at, 'came', frame.lines.join(' ⏎ ')));
  if (rest) answered.push(moment(endedAt, 'came', rest));
  const dropped = answered.length - MOST_FRAMES;
  if (dropped > 0) answered.splice(MOST_FRAMES / 2, dropped, moment(null, 'note', `${dropped} more`));
  return [
    ...asked,
    moment(headersAt, 'came', `${status} ${headers.get('content-type') ?? '(no content type)'}`),
    ...answered,
    moment(endedAt, 'note', bound === undefined ? end : `${end}: ${bound}`),
  ];
}

/** The bytes of a raw connection, line by line without the blank ones; what is no UTF-8 is shown as U+FFFD. */
export function rawMoments({ sent, reply }: RawExchange): Moment[] {
  const linesOf = (at: number, side: Moment['side'], bytes: string): Moment[] =>
    Buffer.from(bytes, 'latin1')
      .toString('utf8')
      .split('\r\n')
      .filter(Boolean)
      .map((line, index) => moment(index === 0 ? at : null, side, line));
  return [...linesOf(0, 'sent', sent), ...linesOf(reply.ms, 'came', reply.bytes), moment(reply.ms, 'note', reply.end)];
}

function moment(at: number | null, side: Moment['side'], text: string): Moment {
  const cut = text.length > WIDEST ? `${text.slice(0, WIDEST)}… (${text.length} characters)` : text;
  return { at: at === null ? null : Math.round(at * 10) / 10, side, text: cut };
}
