/**
 * The WebSocket side of the port. Upgrades are taken on any path and before authentication; then, as JSON text:
 *
 *     ← {"type":"event","event":"connect.challenge","payload":{"nonce":"…","ts":…}}
 *     → {"type":"req","id":"1","method":"connect","params":{"auth":{"token":"…"}}}
 *     ← {"type":"res","id":"1","ok":true,"payload":{"type":"hello-ok",…}}
 *     → {"type":"req","id":"2","method":"health"}
 *     ← {"type":"res","id":"2","ok":true,"payload":{"ok":true,"ts":…}}
 *
 * Everything else is answered with an error; before the handshake is through, the socket is closed too.
 * Source: https://docs.openclaw.ai/gateway/protocol
 */

import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RawData, WebSocket, WebSocketServer } from 'ws';
import type { Guard } from '../call/guard.ts';
import { refusalFrom } from '../errors.ts';
import { late } from '../late.ts';
import type { Options } from '../options.ts';

/** Largest frame that is read, in bytes; ws closes with 1009 beyond it. */
const MAX_PAYLOAD = 512 * 1024;
/** How much may wait for a caller that does not read, in bytes. */
const MAX_BUFFERED = 1024 * 1024;
const HANDSHAKE_MS = 10_000;
/** RFC 6455, section 7.4.1: the endpoint goes away; a policy was not kept. */
const GOING_AWAY = 1001;
const POLICY = 1008;
/** What an upgrade is told that cannot be served now. */
const UNLOADED = 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';

interface Request {
  readonly id: string;
  readonly method: string;
  readonly params: unknown;
}

export class Sockets {
  readonly #guard: Guard;
  readonly #options: Options;
  readonly #open = new Set<WebSocket>();
  readonly #server = late(async (): Promise<WebSocketServer> => {
    const { WebSocketServer } = await import('ws');
    return new WebSocketServer({ noServer: true, maxPayload: MAX_PAYLOAD, perMessageDeflate: false });
  });
  #closed = false;

  constructor(guard: Guard, options: Options) {
    this.#guard = guard;
    this.#options = options;
  }

  /** Takes over a connection that asks for a WebSocket. ws is loaded by the first one. */
  upgrade(request: IncomingMessage, connection: Duplex, head: Buffer): void {
    connection.on('error', () => connection.destroy());
    const address = request.socket.remoteAddress ?? '';
    this.#server().then(
      (server) => server.handleUpgrade(request, connection, head, (socket) => this.#greet(socket, address)),
      () => connection.end(UNLOADED, () => connection.destroy()),
    );
  }

  /** Says goodbye to everyone, and takes nobody any more. */
  close(): void {
    this.#closed = true;
    for (const socket of this.#open) {
      socket.close(GOING_AWAY);
      // Whoever does not answer the goodbye is not waited for.
      setTimeout(() => socket.terminate(), 1_000).unref();
    }
  }

  #greet(socket: WebSocket, address: string): void {
    if (this.#closed) return socket.terminate();
    this.#open.add(socket);
    let connected = false;
    const late = setTimeout(() => socket.close(POLICY, 'handshake timeout'), HANDSHAKE_MS);
    // The connection keeps the process alive, where something does.
    late.unref();
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      clearTimeout(late);
      this.#open.delete(socket);
    });
    socket.on('message', (data, isBinary) => {
      const request = isBinary ? undefined : readRequest(data);
      if (request === undefined) return refuse(socket, null, 'INVALID_REQUEST', 'invalid request frame', true);
      if (!connected) {
        connected = this.#connect(socket, request, address);
        if (connected) clearTimeout(late);
      } else if (request.method === 'health') {
        send(socket, { type: 'res', id: request.id, ok: true, payload: { ok: true, ts: Date.now() } });
      } else {
        refuse(socket, request.id, 'INVALID_REQUEST', `unknown method: ${request.method.slice(0, 100)}`, false);
      }
    });
    send(socket, { type: 'event', event: 'connect.challenge', payload: { nonce: randomUUID(), ts: Date.now() } });
  }

  /** Whether the caller is in now. */
  #connect(socket: WebSocket, { id, method, params }: Request, address: string): boolean {
    if (method !== 'connect') {
      refuse(socket, id, 'INVALID_REQUEST', 'the first request must be connect', true);
      return false;
    }
    try {
      const { auth } = this.#options;
      const given = isFields(params) && isFields(params.auth) && auth.mode !== 'none' ? params.auth[auth.mode] : '';
      this.#guard.verify(address, typeof given === 'string' ? Buffer.from(given) : undefined);
    } catch (thrown) {
      const { type, message } = refusalFrom(thrown);
      refuse(socket, id, type.toUpperCase(), message, true);
      return false;
    }
    const features = { methods: ['health'], events: ['connect.challenge'] };
    const server = { version: this.#options.edition, connId: randomUUID() };
    const policy = { maxPayload: MAX_PAYLOAD, maxBufferedBytes: MAX_BUFFERED };
    send(socket, { type: 'res', id, ok: true, payload: { type: 'hello-ok', protocol: 3, server, features, policy } });
    return true;
  }
}

function readRequest(data: RawData): Request | undefined {
  let frame: unknown;
  try {
    // Text frames arrive as one buffer: ws is left at its default binaryType.
    frame = JSON.parse((data as Buffer).toString());
  } catch {
    return undefined;
  }
  if (!isFields(frame) || frame.type !== 'req') return undefined;
  const { id, method, params } = frame;
  return typeof id === 'string' && typeof method === 'string' ? { id, method, params } : undefined;
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(socket: WebSocket, id: string | null, code: string, message: string, close: boolean): void {
  send(socket, { type: 'res', id, ok: false, error: { code, message } });
  if (close) socket.close(POLICY, message.slice(0, 100));
}

function send(socket: WebSocket, frame: object): void {
  if (socket.readyState !== socket.OPEN) return;
  if (socket.bufferedAmount > MAX_BUFFERED) return socket.terminate();
  socket.send(JSON.stringify(frame));
}
