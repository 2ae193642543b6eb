/**
 * An exchange as moments for a reader, each with its milliseconds. What only several frames or chunks together tell of a
 * secret is masked; what one of them tells is not yet.
 */
import { textIn, type Exchange } from './exchange.ts';
import { field, splitFrames } from './frames.ts';
import { MASK } from './reading.ts';
import type { Redact } from './redaction.ts';
import type { RawExchange } from './socket.ts';

/** Characters of one moment, and frames of one exchange, that a reader still reads. */
const WIDEST = 400;
const MOST_FRAMES = 30;
/** A frame that is longer, in characters, is looked into as far as it is shown. */
const LARGE = 65_536;
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
export function momentsOf(exchange: Exchange, redact: Redact): Moment[] {
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
  const came = frames.map(({ at, lines, data = lines.join('\n') }) => ({ at, text: lines.join(' ⏎ '), said: data }));
  if (rest) came.push({ at: endedAt, text: rest, said: field(rest).value || rest });
  // All of them: of those that are shown, the first and the last may hold a piece each.
  const torn = redact.torn(came.map(({ said }) => shown(said)));
  const answered = came.map(({ at, text }, index) => moment(at, 'came', torn.has(index) ? MASK : text));
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
export function rawMoments({ sent, reply }: RawExchange, redact: Redact): Moment[] {
  const linesOf = (bytes: string): string[] =>
    Buffer.from(bytes, 'latin1').toString('utf8').split('\r\n').filter(Boolean);
  const came = linesOf(reply.bytes);
  // The sizes of chunks stand between what the chunks say.
  const torn = redact.torn(
    came.map((line, at) => (isSize(line, came[at + 1]) ? '' : shown(line.replace(/^data: ?/, '').trimEnd()))),
  );
  return [
    ...linesOf(sent).map((line, index) => moment(index === 0 ? 0 : null, 'sent', line)),
    ...came.map((line, index) => moment(index === 0 ? reply.ms : null, 'came', torn.has(index) ? MASK : line)),
    moment(reply.ms, 'note', reply.end),
  ];
}

/** Whether a line is the size of the chunk that begins with the next one, the line ends behind that counted or not. */
function isSize(line: string, next = ''): boolean {
  const ends = /^[0-9a-f]{1,8}$/i.test(line) ? Number.parseInt(line, 16) - Buffer.byteLength(next) : NaN;
  return ends >= 0 && ends <= 4;
}

const shown = (said: string): string => (said.length > LARGE ? said.slice(0, WIDEST) : said);

function moment(at: number | null, side: Moment['side'], text: string): Moment {
  const cut = text.length > WIDEST ? `${text.slice(0, WIDEST)}… (${text.length} characters)` : text;
  return { at: at === null ? null : Math.round(at * 10) / 10, side, text: cut };
}
