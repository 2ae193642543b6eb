/** The error for a mistake of the user, in every part of the suite. */
import { printable } from './wire/printable.ts';

/** Wrong usage or configuration: exit code 2. Its message is made printable, so it is always one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  constructor(message: string) {
    super(printable(message));
  }
}
