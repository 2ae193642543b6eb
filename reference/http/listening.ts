/** A port that is listened on, and how listening ends. */

import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Journal } from '../journal/journal.ts';
import type { Options } from '../options.ts';
import { urlOf } from './address.ts';
import { limit, limiting, type Limits } from './limits.ts';
import { Sockets } from './websocket.ts';

/** How often a closing gateway looks for connections on which nothing is asked any more. */
const IDLE_LOOK_MS = 20;

export interface ListeningOptions extends Pick<Options, 'host' | 'port'> {
  /** What a connection may cost. Default: see there. */
  readonly limits?: Partial<Limits>;
  /** Keeps every request, but those that are answered in its place. Default: none is kept. */
  readonly journal?: Journal;
  /** Whether a process lives as long as this listens. Default: true. */
  readonly keepsAlive?: boolean;
}

export interface Listening {
  /** Listens. Resolves to the base URL, such as `http://127.0.0.1:18789`. */
  listen(): Promise<string>;
  /**
   * Stops listening at once and waits for runs to end. Calling it again is the same as calling it once.
   *
   * @param graceMs How long; what runs then still is cut. Default: 10 000.
   */
  close(graceMs?: number): Promise<void>;
}

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
      // Without the callback an `Upgrade: h2c`, which some HTTP clients send with every call, would be no call.
      const shouldUpgradeCallback = (request: IncomingMessage): boolean =>
        anyUpgrade || request.headers.upgrade?.toLowerCase() === 'websocket';
      const started = createServer({ ...limiting(limits), shouldUpgradeCallback }, listener);
      limit(started, limits, journal && ((...refused) => journal.unread(...refused)));
      server = started;
      started.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head));
      await new Promise<void>((resolve, reject) => {
        started.once('error', (cause) => reject(notListening(host, port, cause)));
        started.listen(port, host, resolve);
      });
      if (!keepsAlive) started.unref().on('connection', (socket) => socket.unref());
      return urlOf(host, started.address() as AddressInfo);
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
  // A connection that is kept alive would keep a closing gateway alive too. Asked when it closes and not by every
  // answer, which would pay for it.
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_LOOK_MS);
  await new Promise((resolve) => server.close(resolve));
  clearTimeout(cut);
  clearInterval(idle);
}

function notListening(host: string, port: number, cause: NodeJS.ErrnoException): Error {
  const got = cause.code === 'EADDRINUSE' ? 'one in use' : (cause.code ?? 'an error');
  return new Error(`Failed to listen on ${host}:${port}: expected a free port, got ${got}. Choose another port.`, {
    cause,
  });
}
