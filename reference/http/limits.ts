/**
 * Limits on a connection before its request is read: time, size of headers, number of connections. A connection over a
 * limit receives an error in the same envelope as any other, and is closed.
 */

import { STATUS_CODES, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { refusedBefore } from '../errors.ts';

/** Limits on connections; each is optional when given. */
export interface Limits {
  /**
   * How long the headers of a request may take, in ms, from the request's first byte or the connection's start.
   * Default: 10 000.
   */
  readonly headersMs: number;
  /** How long a request may take until its body has arrived, in ms. Default: 60 000, enough for 20 MiB at 3 Mbit/s. */
  readonly requestMs: number;
  /**
   * The request line and the headers together, in bytes. Default: 16 384, which is Node's default and so that of
   * releases.
   */
  readonly headerBytes: number;
  /** How many connections may be open; further ones are closed at once. Default: 10 000. */
  readonly connections: number;
}

const LIMITS: Limits = { headersMs: 10_000, requestMs: 60_000, headerBytes: 16_384, connections: 10_000 };

/**
 * Longer than clients keep an idle connection: closing one on which a request is under way would break that request.
 */
const KEEP_ALIVE_MS = 72_000;

/** How often Node checks for connections over their time. */
const CHECK_MS = 1_000;

/** Options for `http.createServer`; what `given` leaves out has its default. */
export function limiting(given: Partial<Limits> = {}): ServerOptions {
  const { headersMs, requestMs, headerBytes } = { ...LIMITS, ...given };
  return {
    headersTimeout: headersMs,
    requestTimeout: Math.max(requestMs, headersMs),
    connectionsCheckingInterval: Math.min(CHECK_MS, headersMs),
    maxHeaderSize: headerBytes,
    keepAliveTimeout: KEEP_ALIVE_MS,
  };
}

/** The status for each error code of Node and its parser; any other code is a request that cannot be parsed: 400. */
const STATUSES: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
};

/** A connection's latest response, kept on the connection itself: a map would cost every call a look-up. */
const RESPONSE = Symbol('response');
type Connection = Duplex & { [RESPONSE]?: ServerResponse };

/**
 * Called for a request refused before it could be read: the status sent, and the request when its headers had been
 * read.
 */
export type Unread = (status: number, socket: Duplex, request: IncomingMessage | undefined) => void;

/**
 * Limits a server's connections, and answers requests that cannot be read.
 *
 * @param unread Called for each of them. Default: none.
 */
export function limit(
  server: Server,
  { connections = LIMITS.connections }: Partial<Limits> = {},
  unread?: Unread,
): void {
  server.maxConnections = connections;
  server.on('request', (request, response) => void ((request.socket as Connection)[RESPONSE] = response));
  server.on('clientError', (cause: NodeJS.ErrnoException, socket) => {
    const response = (socket as Connection)[RESPONSE];
    // In the middle of a response an error would be read as part of it.
    const between = response === undefined || !response.headersSent || response.writableFinished;
    if (socket.writable && between) {
      const status = STATUSES[cause.code ?? ''] ?? 400;
      socket.write(refusal(status));
      // The client closed in mid-request: not malformed, so not journaled as such.
      const clientLeft = cause.code === 'HPE_INVALID_EOF_STATE';
      if (!clientLeft) unread?.(status, socket, response?.writableFinished === false ? response.req : undefined);
    }
    socket.destroy(cause);
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
