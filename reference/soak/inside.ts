/**
 * Preloaded into the process of a reference: tells over IPC, whenever anything is said to it, what is alive there when
 * the garbage is gone.
 */

import { ServerResponse } from 'node:http';
import { queryObjects } from 'node:v8';

/** How many there are of each. */
export interface Living {
  /** Async generators: the layers of a run that has not ended. */
  readonly runs: number;
  /** Answers, ended or not. */
  readonly answers: number;
  readonly connections: number;
  /** A call that can still be aborted has one. */
  readonly signals: number;
  readonly timers: number;
  /** Whoever waits, for a session too, waits for one. */
  readonly promises: number;
  /** Bytes. */
  readonly heap: number;
}

type Class = new (...args: never[]) => object;

function AsyncGenerator(): void {}
AsyncGenerator.prototype = Object.getPrototypeOf(async function* () {}).prototype;

const count = (kind: unknown): number => queryObjects(kind as Class, { format: 'count' });

process.on('message', () => {
  const resources = process.getActiveResourcesInfo();
  const active = (kind: string): number => resources.filter((name) => name === kind).length;
  const living: Living = {
    runs: count(AsyncGenerator),
    answers: count(ServerResponse),
    connections: active('TCPSocketWrap'),
    signals: count(AbortSignal),
    timers: active('Timeout'),
    promises: count(Promise),
    heap: process.memoryUsage().heapUsed,
  };
  process.send?.(living);
});
process.channel?.unref();
