/** Sessions in a file, or in memory alone; only a file loads SQLite. */

import { Sessions } from './sessions.ts';

/**
 * Sessions that are kept in a file and found there again; without a file, in memory alone.
 *
 * @throws {Error} in one line that names the file, when it is damaged, somebody else's, in use, or cannot be written.
 */
export async function openSessions(file?: string): Promise<Sessions> {
  if (file === undefined) return new Sessions();
  const { openState } = await import('./sqlite.ts');
  return new Sessions({ state: openState(file) });
}
