/** A raw connection, for what fetch cannot say: a bad Host, two Authorization headers, an unfinished body, an upgrade. */
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Meter, type Bounds } from './bounds.ts';

/** What came back over a raw connection. Bytes are characters 0 to 255. */
export interface RawReply {
  readonly bytes: string;
  /** `open`: the bytes waited for came, and the connection stands; `silent`: they did not come in time. */
  readonly end: 'open' | 'closed' | 'reset' | 'silent';
  /** How long it took, in ms. */
  readonly ms: number;
}

/** What was sent over a raw connection, and what came back. */
export interface RawExchange {
  readonly sent: string;
  readonly reply: RawReply;
}

/** Sends bytes and reads until `whole` says that enough has come, the other side closes, or patience runs out. */
export type RawSend = (url: URL, sent: string, whole: (reply: string) => boolean) => Promise<RawReply>;

/**
 * @param bounds of each call; more bytes or frames than that reject it, with what was exceeded.
 * @returns the door, and `close`, which ends every connection that was left open.
 */
export function rawDoor(bounds: Bounds): { send: RawSend; close(): void } {
  const open = new Set<{ destroy(): void }>();
  const send: RawSend = (url, sent, whole) =>
    new Promise((resolve, reject) => {
      const began = performance.now();
      const secure = url.protocol === 'https:';
      const port = Number(url.port || (secure ? 443 : 80));
      // The brackets of an IPv6 address belong to the URL alone.
      const host = url.hostname.replace(/^\[|\]$/g, '');
      const socket = secure ? connectTls({ host, port, servername: host }) : connectTcp({ host, port });
      open.add(socket);
      let bytes = '';
      let connected = false;
      const meter = new Meter(bounds);
      const settle = (end: RawReply['end']): void => {
        clearTimeout(timer);
        // It may stand on, and whatever else comes is not kept.
        socket.off('data', take);
        resolve({ bytes, end, ms: performance.now() - began });
      };
      const timer = setTimeout(() => settle('silent'), bounds.patience);
      const take = (piece: Buffer): void => {
        try {
          meter.received(piece.length);
          meter.decoded(piece);
        } catch (excess) {
          clearTimeout(timer);
          socket.destroy();
          return reject(excess as Error);
        }
        bytes += piece.toString('latin1');
        if (whole(bytes)) settle('open');
      };
      socket.on(secure ? 'secureConnect' : 'connect', () => {
        connected = true;
        socket.write(sent, 'latin1');
      });
      socket.on('data', take);
      socket.on('end', () => settle('closed'));
      socket.on('error', (error) => {
        clearTimeout(timer);
        // Before the connection stands it is the network's fault; afterwards it is what the gateway did.
        if (connected) settle('reset');
        else reject(error);
      });
    });
  return {
    send,
    close() {
      for (const socket of open) socket.destroy();
      open.clear();
    },
  };
}

export interface RawResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Reads one HTTP/1.1 response off raw bytes; undefined while it is not whole. RFC 9112, section 6.3. */
export function rawResponse(bytes: string): RawResponse | undefined {
  const head = bytes.indexOf('\r\n\r\n');
  if (head === -1) return undefined;
  const [statusLine, ...lines] = bytes.slice(0, head).split('\r\n');
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine!)?.[1]);
  if (!status) return undefined;
  const headers = new Headers(
    lines.map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const rest = bytes.slice(head + 4);
  if (headers.get('transfer-encoding')?.includes('chunked')) {
    const body = unchunked(rest);
    return body === undefined ? undefined : { status, headers, body };
  }
  const length = Number(headers.get('content-length') ?? 0);
  return rest.length < length ? undefined : { status, headers, body: rest.slice(0, length) };
}

function unchunked(text: string): string | undefined {
  let body = '';
  for (let at = 0; ;) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd === -1) return undefined;
    const size = parseInt(text.slice(at, lineEnd), 16);
    if (size === 0) return body;
    const end = lineEnd + 2 + size;
    if (!(end + 2 <= text.length)) return undefined;
    body += text.slice(lineEnd + 2, end);
    at = end + 2;
  }
}
