/** What the user did wrong, as every part of the suite says it. */

import { printable } from './wire/printable.ts';

/** A wrong word on the command line, or a wrong configuration: exit 2. One line, whatever a file or its name holds. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  constructor(message: string) {
    super(printable(message));
  }
}
