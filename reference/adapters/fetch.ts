/** A gateway without a port: `fetch` by Node's own HTTP at both ends of a pipe in memory, so that nothing differs. */

import { createServer, request as send, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { duplexPair, Readable, type Duplex } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';

export interface Fetching {
  /**
   * Like `fetch`, whatever the host of the URL: rejects when the gateway breaks the connection before it answers, errors
   * the body when it does later. The gateway sees that the client leaves, and that it reads slowly.
   */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Breaks the connections that there are. */
  readonly close: () => void;
}

export function fetching(listener: RequestListener): Fetching {
  const server = createServer(listener);
  // A server counts its connections only where it listens.
  const open = new Set<Duplex>();
  return {
    fetch: (request) => exchange(request, server, open),
    close: () => open.forEach((connection) => connection.destroy()),
  };
}

function exchange(request: Request, server: Server, open: Set<Duplex>): Promise<Response> {
  const { method, signal, body } = request;
  const { host, pathname, search } = new URL(request.url);
  const headers = { host, ...Object.fromEntries(request.headers) };
  const createConnection = (): Socket => connectionTo(server, open);
  return new Promise((resolve, reject) => {
    const call = send({ method, path: pathname + search, headers, createConnection, signal });
    call.on('error', (cause) => reject(signal.aborted ? (signal.reason as Error) : broken(cause)));
    call.on('response', (message) => resolve(responseFrom(message)));
    if (body === null) return call.end();
    Readable.fromWeb(body as ReadableStream)
      .on('error', (cause) => call.destroy(cause))
      .pipe(call);
  });
}

/** The near end of a new connection. When one end closes, so does the other; to the gateway that is a reset, as on a port. */
function connectionTo(server: Server, open: Set<Duplex>): Socket {
  const [near, far] = duplexPair();
  const destroy = near.destroy.bind(near);
  near.destroy = (cause) => {
    far.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
    return destroy(cause);
  };
  far.once('close', () => {
    open.delete(far);
    near.destroy();
  });
  open.add(far);
  server.emit('connection', Object.assign(far, { remoteAddress: '127.0.0.1' }));
  return near as Socket;
}

function responseFrom(message: IncomingMessage): Response {
  const { statusCode: status = 0, statusMessage: statusText = '', rawHeaders } = message;
  const headers = new Headers();
  for (let at = 0; at < rawHeaders.length; at += 2) headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '');
  return new Response(bodyOf(message), { status, statusText, headers });
}

function bodyOf(message: IncomingMessage): ConstructorParameters<typeof Response>[0] {
  // Of these a `Response` may have no body, not even an empty one.
  if ([204, 205, 304].includes(message.statusCode ?? 0)) return null;
  return Readable.toWeb(message) as ConstructorParameters<typeof Response>[0];
}

const broken = (cause: unknown): TypeError => new TypeError('fetch failed', { cause });
