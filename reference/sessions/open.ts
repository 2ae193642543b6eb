/** Opens sessions, in a file or in memory; SQLite is loaded only for a file. */

import { Sessions } from './sessions.ts';

/**
 * Opens sessions stored in a file, which is created when it does not exist; without a file, in memory.
 *
 * @throws {Error} in one line that names the file, when it is damaged, of another program, in use, or not writable.
 */
export async function openSessions(file?: string): Promise<Sessions> {
  if (file === undefined) return new Sessions();
  const { openState } = await import('./sqlite.ts');
  return new Sessions({ state: openState(file) });
}
