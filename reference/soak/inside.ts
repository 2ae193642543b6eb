/**
 * Preloaded into the process of a reference: answers an IPC message with the number of live objects after a garbage
 * collection, or with the delay of the event loop.
 */

import { ServerResponse } from 'node:http';
import { queryObjects } from 'node:v8';

/** The number of live objects of each kind. */
export interface Living {
  /** Async generators: the layers of a run that has not ended. */
  readonly runs: number;
  /** HTTP responses, ended or not. */
  readonly answers: number;
  readonly connections: number;
  /** Abort signals: a call that can still be aborted has one. */
  readonly signals: number;
  readonly timers: number;
  /** Promises: a call that waits, for a session too, has one. */
  readonly promises: number;
  /** Used heap, in bytes. */
  readonly heap: number;
}

type Class = new (...args: never[]) => object;

function AsyncGenerator(): void {}
AsyncGenerator.prototype = Object.getPrototypeOf(async function* () {}).prototype;

const count = (kind: unknown): number => queryObjects(kind as Class, { format: 'count' });

/** CPU time of the main thread, in ms: other load on the machine does not change it. */
export interface Work {
  /** Since the start of the process. */
  readonly all: number;
  /** The most between two ticks of a timer of 1 ms, since the previous `Work`. */
  readonly block: number;
}

const LOOK_MS = 1;

const spent = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
};
let seen = spent();
let block = 0;

function look(): void {
  const now = spent();
  block = Math.max(block, now - seen);
  seen = now;
}

let looking: NodeJS.Timeout | undefined;

function sendWork(): void {
  look();
  const work: Work = { all: seen, block };
  block = 0;
  looking ??= setInterval(look, LOOK_MS).unref();
  process.send?.(work);
}

process.on('message', (asked) => {
  if (asked === 'work') return sendWork();
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
