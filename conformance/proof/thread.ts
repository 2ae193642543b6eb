/** One thread of the proof: receives jobs by name, and posts what the cases found. */

import { parentPort, workerData } from 'node:worker_threads';
import { runner, type Job, type Setting } from './runner.ts';

const run = await runner(workerData as Setting);
parentPort!.on('message', (job: Job) => {
  void run(job).then(
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
    (result) => parentPort!.postMessage(result),
    (cause: unknown) => {
      throw cause;
    },
  );
});
