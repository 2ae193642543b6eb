/** Listens on a port, and stops. */

import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Journal } from '../journal/journal.ts';
import type { Options } from '../options.ts';
import { urlOf } from './address.ts';
import { limit, limiting, type Limits } from './limits.ts';
import { Sockets } from './websocket.ts';

/** How often a closing gateway closes idle connections. */
const IDLE_CHECK_MS = 20;

/** The options of `listening`. */
export interface ListeningOptions extends Pick<Options, 'host' | 'port'> {
  /** Limits on connections. Default: see `Limits`. */
  readonly limits?: Partial<Limits>;
  /** Records every request, except those that `instead` answers. Default: none is recorded. */
  readonly journal?: Journal;
  /** Whether the process stays alive while the gateway listens. Default: true. */
  readonly keepsAlive?: boolean;
}

/** A port that can be listened on, once. */
export interface Listening {
  /**
   * Listens. Resolves to the base URL, such as `http://127.0.0.1:18789`.
   *
   * @throws {Error} in one line, when the port is not free or the host is no address of this machine.
   */
  listen(): Promise<string>;
  /**
   * Stops listening at once and waits for runs to end. Later calls return the promise of the first.
   *
   * @param graceMs How long to wait, in ms; then the remaining connections are cut. Default: 10 000.
   */
  close(graceMs?: number): Promise<void>;
}

/**
 * What listens for HTTP and WebSockets.
 *
 * @param listener Answers every request.
 * @param anyUpgrade Whether an upgrade to any protocol is taken for a WebSocket's. If not, one to another protocol,
 * such as `h2c`, is answered as a plain request.
 */
export function listening(
  { host, port, limits, journal, keepsAlive = true }: ListeningOptions,
  listener: RequestListener,
  sockets: Sockets,
  anyUpgrade: boolean,
): Listening {
  let server: Server | undefined;
  let closed: Promise<void> | undefined;
  return {
    async listen() {
      // Without this callback Node would not answer a request with `Upgrade: h2c`, which some HTTP clients always send.
      const shouldUpgradeCallback = (request: IncomingMessage): boolean =>
        anyUpgrade || request.headers.upgrade?.toLowerCase() === 'websocket';
      const started = createServer({ ...limiting(limits), shouldUpgradeCallback }, listener);
      limit(started, limits, journal && ((...refused) => journal.unread(...refused)));
      server = started;
      started.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head));
      const url = await listenOn(started, { host, port });
      if (!keepsAlive) started.unref().on('connection', (socket) => socket.unref());
      return url;
    },
    close(graceMs = 10_000) {
      closed ??= stop(server, sockets, graceMs);
      return closed;
    },
  };
}

async function stop(server: Server | undefined, sockets: Sockets, graceMs: number): Promise<void> {
  sockets.close();
  if (server === undefined || !server.listening) return;
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  // An idle keep-alive connection would keep a closing gateway open. Checked by a timer while closing, so that
  // responses do not pay for the check.
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
  await new Promise((resolve) => server.close(resolve));
  clearTimeout(cut);
  clearInterval(idle);
}

/**
 * Listens on an address.
 *
 * @param words What fails when it is not free, and what to choose then.
 * @returns The base URL.
 */
export async function listenOn(
  server: Server,
  { host, port }: Pick<Options, 'host' | 'port'>,
  { task, choice } = { task: 'listen', choice: 'port' },
): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const got = cause.code === 'EADDRINUSE' ? 'one in use' : (cause.code ?? 'an error');
      const trouble = `expected a free port, got ${got}. Choose another ${choice}.`;
      reject(new Error(`Failed to ${task} on ${host}:${port}: ${trouble}`, { cause }));
    });
    server.listen(port, host, resolve);
  });
  return urlOf(host, server.address() as AddressInfo);
}
