/**
 * The load generator, a process of its own: it takes one `Load` message at a time and answers with a `Loaded`. It reads
 * the server's CPU time when all clients are connected, and again when all responses have been received.
 */

import { Crowd, type Question } from './crowd.ts';
import { cpuOf } from './server.ts';

/** The message to the process. */
export interface Load extends Question {
  /** The server's process id. */
  readonly pid: number;
  readonly connections: number;
  readonly requests: number;
}

/** The answer of the process. */
export interface Loaded {
  /** CPU time of the server, in microseconds per request. */
  readonly cpu: number;
  /** The median time to the first byte of a response, in milliseconds. */
  readonly firstByte: number;
  /** Why the measurement failed; then the numbers are NaN. */
  readonly failure?: string;
}

process.on('message', (load: Load) => {
  measure(load).then(
    (loaded) => process.send?.(loaded),
    (cause: unknown) => process.send?.({ cpu: NaN, firstByte: NaN, failure: String(cause) }),
  );
});

async function measure({ pid, connections, requests, ...question }: Load): Promise<Loaded> {
  const crowd = new Crowd(connections, question);
  try {
    await crowd.open();
    const before = cpuOf(pid);
    const waits = await crowd.ask(requests);
    const cpu = (cpuOf(pid) - before) / requests;
    return { cpu, firstByte: waits.toSorted((a, b) => a - b)[Math.floor(waits.length / 2)] ?? NaN };
  } finally {
    crowd.close();
  }
}
