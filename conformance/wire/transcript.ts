/**
 * An exchange as a list of moments, each with its time in ms. A secret that only several frames or chunks together spell
 * is masked here; a secret within one text is not: each text still has to be redacted.
 */
import { textIn, type Exchange } from './exchange.ts';
import { field, splitFrames } from './frames.ts';
import { MASK } from './decoding.ts';
import type { Redact } from './redaction.ts';
import type { RawExchange } from './socket.ts';

/** Longest moment in characters, and most frames of one exchange, that are shown. */
const WIDEST = 400;
const MOST_FRAMES = 30;
/** In a frame longer than this, in characters, only the part that is shown is searched for secrets. */
const LARGE = 65_536;
/** Headers that the SDK and fetch add: they describe this machine, not the requirement. */
const OURS =
  /^(?:x-stainless-.*|user-agent|accept|accept-encoding|accept-language|sec-fetch-mode|connection|content-length)$/i;

/** One line of a transcript. */
export interface Moment {
  /** In ms after the request began, to a tenth; null for a line without its own time. */
  readonly at: number | null;
  readonly side: 'sent' | 'came' | 'note';
  readonly text: string;
}

/** The request line, headers and body; the status, then each frame or the body; how the response ended. */
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
  const came = frames.map(({ at, lines, data = lines.join('\n') }) => ({
    at,
    text: lines.join(' ⏎ '),
    searched: data,
  }));
  if (rest) came.push({ at: endedAt, text: rest, searched: field(rest).value || rest });
  // Search all frames: the first and the last ones that are shown may hold a piece each.
  const torn = redact.torn(came.map(({ searched }) => shown(searched)));
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

/** The bytes of a raw connection line by line, without blank lines; invalid UTF-8 is shown as U+FFFD. */
export function rawMoments({ sent, reply }: Pick<RawExchange, 'sent' | 'reply'>, redact: Redact): Moment[] {
  const linesOf = (bytes: string): string[] =>
    Buffer.from(bytes, 'latin1').toString('utf8').split('\r\n').filter(Boolean);
  const came = linesOf(reply.bytes);
  // Chunk sizes stand between the texts of the chunks: they must not break up a secret.
  const torn = redact.torn(
    came.map((line, at) => (isSize(line, came[at + 1]) ? '' : shown(line.replace(/^data: ?/, '').trimEnd()))),
  );
  return [
    ...linesOf(sent).map((line, index) => moment(index === 0 ? 0 : null, 'sent', line)),
    ...came.map((line, index) => moment(index === 0 ? reply.ms : null, 'came', torn.has(index) ? MASK : line)),
    moment(reply.ms, 'note', reply.end),
  ];
}

/** Whether a line is the size of the chunk in the next line, with or without that line's end counted. */
function isSize(line: string, next = ''): boolean {
  const ends = /^[0-9a-f]{1,8}$/i.test(line) ? Number.parseInt(line, 16) - Buffer.byteLength(next) : NaN;
  return ends >= 0 && ends <= 4;
}

const shown = (text: string): string => (text.length > LARGE ? text.slice(0, WIDEST) : text);

function moment(at: number | null, side: Moment['side'], text: string): Moment {
  const cut = text.length > WIDEST ? `${text.slice(0, WIDEST)}… (${text.length} characters)` : text;
  return { at: at === null ? null : Math.round(at * 10) / 10, side, text: cut };
}
