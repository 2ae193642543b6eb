/** Raw TCP and TLS, for requests that fetch cannot send: a bad Host, two Authorization headers, an unfinished body, an upgrade. */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Meter, type Bounds } from './bounds.ts';
import { heldBack, heldFor, isAnswered, isContinued } from './expecting.ts';
import { proxyFor, tunnel, type Proxies } from './tunnel.ts';

/** What was received over a raw connection. Bytes are characters 0 to 255 (latin1). */
export interface RawReply {
  readonly bytes: string;
  /** `open`: the expected bytes arrived, and the connection is open; `silent`: they did not arrive in time. */
  readonly end: 'open' | 'closed' | 'reset' | 'silent';
  /** Duration, in ms. */
  readonly ms: number;
  /** Of a request that expects 100: nothing came while its body was held back, and it was sent all the same. */
  readonly unanswered?: true;
}

/** What was sent over a raw connection, and what was received. */
export interface RawExchange {
  readonly sent: string;
  readonly reply: RawReply;
  /** The endpoint's URL. */
  readonly url: string;
  /** When it was sent, in ms since 1970, by our clock. */
  readonly beganAt: number;
}

/**
 * Sends bytes, then reads until `whole` returns true, the peer closes, or the time limit expires. The body of a request that
 * expects 100 is held back until a response comes, as clients do: RFC 9110, section 10.1.1.
 */
export type RawSend = (url: URL, sent: string, whole: (reply: string) => boolean, next?: Next) => Promise<RawReply>;

/** Bytes that the connection is used for again, a while after it was left idle. */
export interface Next {
  readonly sent: string;
  /** Whether what was received ends the turn before. */
  readonly when: (reply: string) => boolean;
}

/** How long a connection is idle between two turns, in ms: a gateway that closes it does so meanwhile. */
const IDLE = 100;

/** Connects to the host of a URL, by a tunnel where there is one. */
function connection(url: URL, through: Socket | undefined): Socket {
  const secure = url.protocol === 'https:';
  const port = Number(url.port || (secure ? 443 : 80));
  // Only URLs put brackets around an IPv6 address.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!secure) return through ?? connectTcp({ host, port });
  // An address is no server name, RFC 6066, section 3.
  const name = isIP(host) === 0 ? { servername: host } : {};
  return connectTls(through ? { socket: through, ...name } : { host, port, ...name });
}

/**
 * Opens one connection for each call of `send`.
 *
 * @param bounds limits of each call, and the proxies where there are some; it rejects with an `Excess` for too many bytes or frames, and with the error of the
 *   network when no connection can be made.
 * @returns `send`, and `close`, which destroys every open connection.
 */
export function rawConnections(bounds: Bounds & { readonly proxies?: Proxies | undefined }): {
  send: RawSend;
  close(): void;
} {
  const open = new Set<{ destroy(): void }>();
  const send: RawSend = async (url, sent, whole, next) => {
    const began = performance.now();
    const proxy = bounds.proxies && proxyFor(url, bounds.proxies);
    const through = proxy && (await tunnel(proxy, url, bounds.patience));
    return new Promise((resolve, reject) => {
      const secure = url.protocol === 'https:';
      const socket = connection(url, through);
      open.add(socket);
      let bytes = '';
      let connected = false;
      const { first, rest } = heldBack(sent);
      let holding: NodeJS.Timeout | undefined;
      let pausing: NodeJS.Timeout | undefined;
      let unanswered = false;
      const meter = new Meter(bounds);
      const settle = (end: RawReply['end']): void => {
        clearTimeout(timer);
        clearTimeout(holding);
        clearTimeout(pausing);
        // The connection may stay open; further bytes are dropped.
        socket.off('data', take);
        resolve({ bytes, end, ms: performance.now() - began, ...(unanswered && { unanswered }) });
      };
      const timer = setTimeout(() => settle('silent'), bounds.patience);
      const release = (): void => {
        clearTimeout(holding);
        holding = undefined;
        socket.write(rest, 'latin1');
      };
      const take = (piece: Buffer): void => {
        try {
          meter.received(piece.length);
          meter.decoded(piece);
        } catch (excess) {
          clearTimeout(timer);
          clearTimeout(holding);
          clearTimeout(pausing);
          socket.destroy();
          return reject(excess as Error);
        }
        bytes += piece.toString('latin1');
        if (holding !== undefined && isContinued(bytes)) release();
        if (next && pausing === undefined && next.when(bytes))
          pausing = setTimeout(() => socket.write(next.sent, 'latin1'), IDLE);
        if (whole(bytes)) settle('open');
      };
      const begin = (): void => {
        connected = true;
        socket.write(first, 'latin1');
        if (rest === '') return;
        holding = setTimeout(() => {
          unanswered = !isAnswered(bytes);
          release();
        }, heldFor(bounds.patience));
      };
      // A tunnel is connected already.
      if (through && !secure) begin();
      else socket.on(secure ? 'secureConnect' : 'connect', begin);
      socket.on('data', take);
      socket.on('end', () => settle('closed'));
      socket.on('error', (error) => {
        clearTimeout(timer);
        // An error before the connection is established comes from the network; later, from the gateway.
        if (connected) settle('reset');
        else reject(error);
      });
    });
  };
  return {
    send,
    close() {
      for (const socket of open) socket.destroy();
      open.clear();
    },
  };
}
