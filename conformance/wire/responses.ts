/** HTTP/1.1 responses in the bytes of a connection, RFC 9112. */

/** An HTTP/1.1 response that was read from raw bytes; the body is latin1, without its transfer coding. */
export interface RawResponse {
  readonly status: number;
  /** The first line, as it came. */
  readonly line: string;
  readonly headers: Headers;
  readonly body: string;
}

/** Whether the server says that it closes the connection behind the response, RFC 9112, section 9.3. */
export const closes = ({ headers, line }: RawResponse): boolean =>
  /\bclose\b/i.test(headers.get('connection') ?? '') || line.startsWith('HTTP/1.0');

/** Interim responses, RFC 9110, section 15.2; 101 is final, as no other response follows it. */
const isInterim = (status: number): boolean => status >= 100 && status < 200 && status !== 101;

const statusAt = (bytes: string, at: number): number =>
  Number(/^HTTP\/1\.[01] (\d{3})/.exec(bytes.slice(at, at + 12))?.[1] ?? 0);

/** The bytes from the first final response on: '' while only interim ones have come. */
export function withoutInterim(bytes: string): string {
  for (let at = 0; ;) {
    if (!isInterim(statusAt(bytes, at))) return bytes.slice(at);
    const head = bytes.indexOf('\r\n\r\n', at);
    if (head === -1) return '';
    at = head + 4;
  }
}

/** The status of the first final response, whether its body has come or not; undefined before its head is whole. */
export function finalStatus(bytes: string): number | undefined {
  const final = withoutInterim(bytes);
  return (final.includes('\r\n\r\n') && statusAt(final, 0)) || undefined;
}

/**
 * The final responses, in order; interim ones (1xx, but for 101) are left out, and so is a last one that is not whole.
 *
 * @param bytes characters 0 to 255.
 * @param closed whether no more bytes will come: they end a response without a length (section 6.3).
 */
export function rawResponses(bytes: string, closed: boolean): RawResponse[] {
  const found: RawResponse[] = [];
  for (let at = 0; at < bytes.length;) {
    const head = bytes.indexOf('\r\n\r\n', at);
    if (head === -1) break;
    const [line = '', ...lines] = bytes.slice(at, head).split('\r\n');
    const status = statusAt(bytes, at);
    if (!status) break;
    at = head + 4;
    if (isInterim(status)) continue;
    const headers = headersIn(lines);
    const framed = bodyAt(bytes, at, status, headers, closed);
    if (!framed) break;
    found.push({ status, line, headers, body: framed.body });
    at = framed.end;
  }
  return found;
}

function headersIn(lines: readonly string[]): Headers {
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(':');
    try {
      headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
    } catch {
      // No name of a header: nothing that a case asks for.
    }
  }
  return headers;
}

/** A body, and the offset behind it. */
export interface Framed {
  readonly body: string;
  readonly end: number;
}

function bodyAt(bytes: string, at: number, status: number, headers: Headers, closed: boolean): Framed | undefined {
  if (status === 101 || status === 204 || status === 304) return { body: '', end: at };
  if (/\bchunked\b/i.test(headers.get('transfer-encoding') ?? '')) return unchunked(bytes, at);
  const length = headers.get('content-length');
  if (length === null) return closed ? { body: bytes.slice(at), end: bytes.length } : undefined;
  const end = at + Number(length);
  return end <= bytes.length ? { body: bytes.slice(at, end), end } : undefined;
}

/** The body in the chunked coding that begins at an offset; undefined while it is incomplete. */
export function unchunked(bytes: string, begin: number): Framed | undefined {
  const pieces: string[] = [];
  for (let at = begin; ;) {
    const line = bytes.indexOf('\r\n', at);
    if (line === -1) return undefined;
    const size = parseInt(bytes.slice(at, line), 16);
    if (!(size >= 0)) return undefined;
    at = line + 2;
    if (size === 0) return endOfTrailers(bytes, at, pieces.join(''));
    pieces.push(bytes.slice(at, at + size));
    at += size + 2;
    if (at > bytes.length) return undefined;
  }
}

function endOfTrailers(bytes: string, begin: number, body: string): Framed | undefined {
  for (let at = begin; ;) {
    const line = bytes.indexOf('\r\n', at);
    if (line === -1) return undefined;
    if (line === at) return { body, end: at + 2 };
    at = line + 2;
  }
}
