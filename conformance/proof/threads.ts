/** Worker threads that share the jobs of a proof. */

import { Worker } from 'node:worker_threads';
import type { Job, Result, Setting } from './runner.ts';

/** Jobs of one thread in parallel: while some wait, others compute. */
const AT_ONCE = 3;

/**
 * Runs the jobs on that many threads and gives each result as soon as it is there, in no order.
 *
 * @param threads Each starts references of its own.
 * @throws The first error of a thread. All threads are terminated then, and when the client stops iterating.
 */
export async function* crew(jobs: readonly Job[], setting: Setting, threads: number): AsyncGenerator<Result> {
  const waiting = [...jobs];
  const results: Result[] = [];
  let left = jobs.length;
  let failure: unknown;
  let wake = Promise.withResolvers<void>();
  const workers = Array.from({ length: threads }, () => {
    const worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData: setting });
    const next = (): void => {
      const job = waiting.shift();
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
      if (job) worker.postMessage(job);
    };
    worker.on('message', (result: Result) => {
      results.push(result);
      left--;
      next();
      wake.resolve();
    });
    worker.on('error', (error) => {
      failure = error;
      wake.resolve();
    });
    for (let at = 0; at < AT_ONCE; at++) next();
    return worker;
  });
  try {
    while (left > 0 || results.length > 0) {
      while (results.length > 0) yield results.shift()!;
      if (failure) throw failure;
      if (left === 0) break;
      await wake.promise;
      wake = Promise.withResolvers<void>();
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
