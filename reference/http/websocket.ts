/**
 * The WebSocket side of the port. Upgrades are accepted on any path, before authentication; then, as JSON text:
 *
 *     ← {"type":"event","event":"connect.challenge","payload":{"nonce":"…","ts":…}}
 *     → {"type":"req","id":"1","method":"connect","params":{"auth":{"token":"…"}}}
 *     ← {"type":"res","id":"1","ok":true,"payload":{"type":"hello-ok",…}}
 *     → {"type":"req","id":"2","method":"health"}
 *     ← {"type":"res","id":"2","ok":true,"payload":{"ok":true,"ts":…}}
 *
 * Any other frame is answered with an error; before the handshake is complete, the socket is closed as well.
 * Source: https://docs.openclaw.ai/gateway/protocol
 */

import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RawData, WebSocket, WebSocketServer } from 'ws';
import type { Guard } from '../call/guard.ts';
import type { Behaviour } from '../editions/editions.ts';
import { late } from '../late.ts';
import type { Options } from '../options.ts';
import { refusalFrom } from './failures.ts';

/** The largest frame accepted, in bytes; `ws` closes with 1009 beyond it. */
const MAX_PAYLOAD = 512 * 1024;
/** How much may be buffered for a client that does not read, in bytes; beyond it the connection is terminated. */
const MAX_BUFFERED = 1024 * 1024;
const HANDSHAKE_MS = 10_000;
/** Close codes of RFC 6455, section 7.4.1: going away; policy violation. */
const GOING_AWAY = 1001;
const POLICY = 1008;
/** The response to an upgrade when `ws` cannot be loaded. */
const UNAVAILABLE = 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';

interface Request {
  readonly id: string;
  readonly method: string;
  readonly params: unknown;
}

/** The WebSockets of a gateway. */
export class Sockets {
  readonly #guard: Guard;
  readonly #options: Options;
  /** Which field of `params.auth` has the secret. */
  readonly #secret: 'token' | 'password';
  readonly #challenge: Behaviour['challenge'];
  readonly #open = new Set<WebSocket>();
  readonly #server = late(async (): Promise<WebSocketServer> => {
    const { WebSocketServer } = await import('ws');
    return new WebSocketServer({ noServer: true, maxPayload: MAX_PAYLOAD, perMessageDeflate: false });
  });
  #closed = false;

  constructor(guard: Guard, options: Options, { challenge }: Behaviour) {
    this.#guard = guard;
    this.#challenge = challenge;
    this.#options = options;
    this.#secret = options.auth.mode === 'token' ? 'token' : 'password';
  }

  /** Handles the `upgrade` event of the server. `ws` is loaded by the first one. */
  upgrade(request: IncomingMessage, connection: Duplex, head: Buffer): void {
    connection.on('error', () => connection.destroy());
    this.#server().then(
      (server) => server.handleUpgrade(request, connection, head, (socket) => this.#accept(socket, request)),
      () => connection.end(UNAVAILABLE, () => connection.destroy()),
    );
  }

  /** Closes every socket with 1001, and terminates upgrades that come later. */
  close(): void {
    this.#closed = true;
    for (const socket of this.#open) {
      socket.close(GOING_AWAY);
      // A client that does not answer the close frame within a second is cut.
      setTimeout(() => socket.terminate(), 1_000).unref();
    }
  }

  #accept(socket: WebSocket, upgrade: IncomingMessage): void {
    if (this.#closed) return socket.terminate();
    this.#open.add(socket);
    let connected = false;
    const timeout = setTimeout(() => socket.close(POLICY, 'handshake timeout'), HANDSHAKE_MS);
    // The connection keeps the process alive if anything does, never the timer.
    timeout.unref();
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      clearTimeout(timeout);
      this.#open.delete(socket);
    });
    socket.on('message', (data, isBinary) => {
      const request = isBinary ? undefined : readRequest(data);
      if (request === undefined) return refuse(socket, null, 'INVALID_REQUEST', 'invalid request frame', true);
      if (!connected) {
        connected = this.#connect(socket, request, upgrade);
        if (connected) clearTimeout(timeout);
      } else if (request.method === 'health') {
        send(socket, { type: 'res', id: request.id, ok: true, payload: { ok: true, ts: Date.now() } });
      } else {
        refuse(socket, request.id, 'INVALID_REQUEST', `unknown method: ${request.method.slice(0, 100)}`, false);
      }
    });
    const payload = { nonce: randomUUID(), ts: Date.now(), ...this.#challenge };
    send(socket, { type: 'event', event: 'connect.challenge', payload });
  }

  /** Answers the first request; returns whether the client is authenticated. */
  #connect(socket: WebSocket, { id, method, params }: Request, upgrade: IncomingMessage): boolean {
    if (method !== 'connect') {
      refuse(socket, id, 'INVALID_REQUEST', 'the first request must be connect', true);
      return false;
    }
    try {
      const given = isFields(params) && isFields(params.auth) ? params.auth[this.#secret] : undefined;
      this.#guard.meet(upgrade, typeof given === 'string' ? Buffer.from(given) : undefined);
    } catch (cause) {
      const { type, message } = refusalFrom(cause);
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
    // Text frames arrive as one Buffer, because `binaryType` has its default.
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
