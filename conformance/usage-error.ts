/** The error for a mistake of the user, in every part of the suite, and what zod says of one. */
import type { z } from 'zod';
import { printable } from './wire/printable.ts';

/** Wrong usage or configuration: exit code 2. Its message is made printable, so it is always one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  constructor(message: string) {
    super(printable(message));
  }
}

/** The first issue of an error of zod's, in one line: where in the value, and what is wrong there. */
export function issueText({ issues: [issue] }: Pick<z.ZodError, 'issues'>): string {
  return `at ${issue?.path.join('.') || 'the top'}: ${issue?.message.replaceAll('\n', ' ') ?? 'unknown'}`;
}
