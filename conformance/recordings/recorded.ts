/** An exchange that others recorded. Nothing in it is trusted: what no header can hold is left out of it. */

import { BEGINNING } from '../wire/bounds.ts';
import { textIn, type Exchange } from '../wire/exchange.ts';

const NAME = /^[!#$%&'*+.^`|~\w-]{1,256}$/;
/** No header of a real answer is longer, in characters. */
const LONGEST = 64 * 1024;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** undefined: it was not recorded. */
  readonly bytes: Uint8Array | undefined;
  readonly isCut: boolean;
}

type Times = Pick<Exchange, 'beganAt' | 'headersAt' | 'endedAt'>;

/** An answer that was not recorded whole is `cut`; one of more bytes than the bound is `over`, and its beginning is kept. */
export function exchangeOf(
  request: Exchange['request'],
  { status, headers, bytes: recorded, isCut }: Answer,
  times: Times,
  maxBytes: number,
): Exchange {
  const bytes = recorded ?? new Uint8Array();
  const isOver = bytes.length > maxBytes;
  const pieces = [{ at: times.endedAt, bytes: isOver ? bytes.slice(0, BEGINNING) : bytes }];
  return {
    request,
    ...times,
    status,
    headers,
    pieces,
    end: isOver ? 'over' : isCut || recorded === undefined ? 'cut' : 'complete',
    ...(isOver && { bound: `more than ${maxBytes} bytes (--max-bytes)` }),
    body: textIn(pieces),
  };
}

/** Pseudo-headers of HTTP/2, and what is no header, are left out; values of several lines are joined. */
export function headersOf(pairs: readonly { readonly name: string; readonly value: string }[]): Headers {
  const headers = new Headers();
  for (const { name, value } of pairs) {
    // oxlint-disable-next-line no-control-regex
    if (NAME.test(name))
      headers.append(name, value.slice(0, LONGEST).replace(/[^\t\u0020-\u007e\u0080-\u00ff]+/g, ' '));
  }
  return headers;
}
