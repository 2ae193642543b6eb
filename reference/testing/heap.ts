/** For the tests: what this process cannot let go of, in bytes. */

import { Session } from 'node:inspector/promises';

export async function heap(): Promise<number> {
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.collectGarbage');
  session.disconnect();
  return process.memoryUsage().heapUsed;
}
