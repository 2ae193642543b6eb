/** What zod finds wrong in a value, in one line. */

import type { z } from 'zod';

/**
 * The first issue of an error: where in the value it is, and what was expected and came there.
 *
 * @param whole The word for the value itself, when that is wrong.
 */
export function issueText({ issues: [issue] }: Pick<z.ZodError, 'issues'>, whole: string): string {
  const wrong = issue?.message.replace(/^Invalid (?:input|option): /, '').replace(', received ', ', got ');
  return `${issue?.path.join('.') || whole}: ${wrong ?? 'unknown'}`;
}
