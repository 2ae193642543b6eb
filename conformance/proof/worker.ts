/** One thread of the proof: takes jobs by name, and says what each case found. */
import { parentPort, workerData } from 'node:worker_threads';
import { runner } from './runner.ts';
import type { Job, Setting } from './runner.ts';

const run = await runner(workerData as Setting);
parentPort!.on('message', (job: Job) => {
  void run(job).then(
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
    (result) => parentPort!.postMessage(result),
    (failure: unknown) => {
      throw failure;
    },
  );
});
