/** For the tests: the heap of this process after a garbage collection. */

import { Session } from 'node:inspector/promises';

/** The bytes of the heap that are reachable. */
export async function liveBytes(): Promise<number> {
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.collectGarbage');
  session.disconnect();
  return process.memoryUsage().heapUsed;
}
