/**
 * What a connection may cost before it has said what it wants: time to say it, room for its headers, and a place among the
 * others. Whoever goes beyond is told so, in the envelope of every other error, and cut.
 */

import { STATUS_CODES, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { refusedBefore } from '../errors.ts';

export interface Limits {
  /** How long the headers of a request may take, from their first byte on, or from the connection's. Default: 10 000. */
  readonly headersMs: number;
  /** How long a request may take until its body is there. Default: 60 000, for 20 MiB over a line of 3 Mbit/s. */
  readonly requestMs: number;
  /** The request line and the headers together, in bytes. Default: 16 384, as Node's and so as releases'. */
  readonly headerBytes: number;
  /** How many connections there may be; whoever comes then is hung up on. Default: 10 000. */
  readonly connections: number;
}

const LIMITS: Limits = { headersMs: 10_000, requestMs: 60_000, headerBytes: 16_384, connections: 10_000 };

/** Longer than clients keep a connection: one that is closed while a call is on its way breaks the call. */
const KEEP_ALIVE_MS = 72_000;

/** How often Node looks for whom the time is up. */
const LOOK_MS = 1_000;

/** Settings for `http.createServer`. */
export function limiting(given: Partial<Limits> = {}): ServerOptions {
  const { headersMs, requestMs, headerBytes } = { ...LIMITS, ...given };
  return {
    headersTimeout: headersMs,
    requestTimeout: Math.max(requestMs, headersMs),
    connectionsCheckingInterval: Math.min(LOOK_MS, headersMs),
    maxHeaderSize: headerBytes,
    keepAliveTimeout: KEEP_ALIVE_MS,
  };
}

/** By the codes of Node and its parser; anything else is a request that nobody can read. */
const STATUSES: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
};

/** A connection's newest answer. On the connection itself: a map from one to the other would cost every call. */
const ANSWER = Symbol('answer');
type Asked = Duplex & { [ANSWER]?: ServerResponse };

/** Hears of what was refused before it could be read: with which status, and as which request if it had begun as one. */
export type Unread = (status: number, socket: Duplex, request: IncomingMessage | undefined) => void;

/**
 * Bounds a server's connections, and answers what never became a request.
 *
 * @param unread Default: nobody hears.
 */
export function limit(
  server: Server,
  { connections = LIMITS.connections }: Partial<Limits> = {},
  unread?: Unread,
): void {
  server.maxConnections = connections;
  server.on('request', (request, response) => void ((request.socket as Asked)[ANSWER] = response));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const answer = (socket as Asked)[ANSWER];
    // What comes in the middle of an answer would be taken for part of it.
    const between = answer === undefined || !answer.headersSent || answer.writableFinished;
    if (socket.writable && between) {
      const status = STATUSES[error.code ?? ''] ?? 400;
      socket.write(refusal(status));
      // Whoever stops in the middle has left; what he sent was no worse for it.
      const left = error.code === 'HPE_INVALID_EOF_STATE';
      if (!left) unread?.(status, socket, answer?.writableFinished === false ? answer.req : undefined);
    }
    socket.destroy(error);
  });
}

function refusal(status: number): string {
  const body = JSON.stringify(refusedBefore(status).body);
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
