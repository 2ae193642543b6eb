/** An exchange as lines for a reader, each with its milliseconds. Not redacted. */
import { splitFrames } from './frames.ts';
import type { Exchange } from './exchange.ts';

/** Characters of one line, and lines of one exchange, that a reader still reads. */
const WIDEST = 400;
const MOST_LINES = 30;

export function transcriptOf(exchange: Exchange): string[] {
  const { request, status, headersAt, headers, endedAt, end } = exchange;
  const lines = [
    line(0, '→', `${request.method} ${new URL(request.url).pathname}`),
    ...request.headers.map(([name, value]) => line(undefined, '→', `${name}: ${value}`)),
    ...(request.body === undefined ? [] : [line(undefined, '→', request.body)]),
    line(headersAt, '←', `${status} ${headers.get('content-type') ?? '(no content type)'}`),
  ];
  const { frames, rest } = headers.get('content-type')?.includes('text/event-stream')
    ? splitFrames(exchange.pieces)
    : { frames: [], rest: exchange.body };
  const body = frames.map((frame) => line(frame.at, '←', frame.lines.join(' ⏎ ')));
  if (rest) body.push(line(endedAt, '←', rest));
  const dropped = body.length - MOST_LINES;
  if (dropped > 0) body.splice(MOST_LINES / 2, dropped, line(undefined, '…', `${dropped} more`));
  return [...lines, ...body, line(endedAt, '·', end)];
}

function line(at: number | undefined, mark: string, text: string): string {
  const cut = text.length > WIDEST ? `${text.slice(0, WIDEST)}… (${text.length} characters)` : text;
  return `${(at === undefined ? '' : at.toFixed(1)).padStart(9)} ${mark} ${cut}`;
}
