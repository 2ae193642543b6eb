/** Turns of a session that were not answered, as releases remember them. */

import type { Turn } from '../backends/backend.ts';

/** In place of an answer that broke off. */
export const FAILED =
  '[This turn failed before it completed. Do not redo its work without confirming with the user first.]';

const QUEUED =
  '[Queued user message from a previous active turn; preserved as context only. Continue with the active prompt below.]';

/**
 * What a run is told in a session whose last turn its client left: that turn stands in front of the prompt, and in no
 * history.
 */
export function queued(history: readonly Turn[], prompt: string): { history: readonly Turn[]; prompt: string } {
  const answered = history.filter(({ role }, at) => role !== 'user' || history[at + 1]?.role === 'assistant');
  const last = history.at(-1);
  return { history: answered, prompt: last?.role === 'user' ? [QUEUED, last.text, '', prompt].join('\n') : prompt };
}
