/** A command, and the exit code of a usage error. */

import { EXIT } from '../judging/verdict.ts';
import { UsageError } from '../usage-error.ts';

/** Runs a command. What its user did wrong is written in one line, and the exit code says so. */
export function usageOr(command: () => number): number {
  try {
    return command();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return EXIT.usage;
  }
}
