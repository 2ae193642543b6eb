/**
 * The load, in a process of its own: takes one `Load` at a time, answers with a `Loaded`. The server's CPU time is read
 * when everybody is connected and again when everybody has been answered.
 */

import { Crowd, type Question } from './crowd.ts';
import { cpuOf } from './server.ts';

export interface Load extends Question {
  /** The server's process. */
  readonly pid: number;
  readonly connections: number;
  readonly requests: number;
}

export interface Loaded {
  /** Of the server, in microseconds a request. */
  readonly cpu: number;
  /** Until the first byte of an answer, in milliseconds; the median. */
  readonly firstByte: number;
  /** Why there is nothing of the above. */
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
