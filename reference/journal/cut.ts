/** Who ended an answer before its end, for the journal's entry and the line of the log. */

import type { IncomingMessage, ServerResponse } from 'node:http';

export type Cutter = 'client' | 'gateway' | 'fault';

const BY_FAULT = new WeakSet<ServerResponse>();

/** Says that a fault is about to cut an answer. */
export function cutByFault(response: ServerResponse): void {
  BY_FAULT.add(response);
}

/** Who hung up on an answer that is over and was not sent whole. */
export function whoCut({ socket }: IncomingMessage, response: ServerResponse): Cutter {
  if (BY_FAULT.has(response)) return 'fault';
  // A client that leaves ends or resets its side; a gateway that hangs up destroys a connection that was whole.
  const code = socket.errored !== null && 'code' in socket.errored ? socket.errored.code : undefined;
  return socket.readableEnded || code === 'ECONNRESET' || code === 'EPIPE' ? 'client' : 'gateway';
}
