/** Raw TCP and TLS, for requests that fetch cannot send: a bad Host, two Authorization headers, an unfinished body, an upgrade. */
import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Meter, type Bounds } from './bounds.ts';

/** What was received over a raw connection. Bytes are characters 0 to 255 (latin1). */
export interface RawReply {
  readonly bytes: string;
  /** `open`: the expected bytes arrived, and the connection is open; `silent`: they did not arrive in time. */
  readonly end: 'open' | 'closed' | 'reset' | 'silent';
  /** Duration, in ms. */
  readonly ms: number;
}

/** What was sent over a raw connection, and what was received. */
export interface RawExchange {
  readonly sent: string;
  readonly reply: RawReply;
}

/** Sends bytes, then reads until `whole` returns true, the peer closes, or the time limit expires. */
export type RawSend = (url: URL, sent: string, whole: (reply: string) => boolean) => Promise<RawReply>;

/**
 * Opens one connection for each call of `send`.
 *
 * @param bounds limits of each call; it rejects with an `Excess` for too many bytes or frames, and with the error of the
 *   network when no connection can be made.
 * @returns `send`, and `close`, which destroys every open connection.
 */
export function rawConnections(bounds: Bounds): { send: RawSend; close(): void } {
  const open = new Set<{ destroy(): void }>();
  const send: RawSend = (url, sent, whole) =>
    new Promise((resolve, reject) => {
      const began = performance.now();
      const secure = url.protocol === 'https:';
      const port = Number(url.port || (secure ? 443 : 80));
      // Only URLs put brackets around an IPv6 address.
      const host = url.hostname.replace(/^\[|\]$/g, '');
      // An address is no server name, RFC 6066, section 3.
      const name = isIP(host) === 0 ? { servername: host } : {};
      const socket = secure ? connectTls({ host, port, ...name }) : connectTcp({ host, port });
      open.add(socket);
      let bytes = '';
      let connected = false;
      const meter = new Meter(bounds);
      const settle = (end: RawReply['end']): void => {
        clearTimeout(timer);
        // The connection may stay open; further bytes are dropped.
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
        // An error before the connection is established comes from the network; later, from the gateway.
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
