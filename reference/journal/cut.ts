/** Which side cut a response, for the journal and the log. */

import type { IncomingMessage, ServerResponse } from 'node:http';

/** The side that cut a response. */
export type Cutter = 'client' | 'gateway' | 'fault';

const BY_FAULT = new WeakSet<ServerResponse>();

/** Marks a response that a fault is about to cut. */
export function cutByFault(response: ServerResponse): void {
  BY_FAULT.add(response);
}

/** The side that cut a response which is over and was not sent whole. */
export function whoCut({ socket }: IncomingMessage, response: ServerResponse): Cutter {
  if (BY_FAULT.has(response)) return 'fault';
  // A client that leaves ends or resets its side; a gateway that hangs up destroys a connection that was whole.
  const code = socket.errored !== null && 'code' in socket.errored ? socket.errored.code : undefined;
  return socket.readableEnded || code === 'ECONNRESET' || code === 'EPIPE' ? 'client' : 'gateway';
}
