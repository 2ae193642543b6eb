/** Runs a command whose usage errors become an exit code. */
import { EXIT } from '../judging/verdict.ts';
import { UsageError } from '../usage-error.ts';

/** Runs a command. A `UsageError` is printed to standard error in one line, and gives exit code 2. */
export function usageOr(command: () => number): number {
  try {
    return command();
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    process.stderr.write(`${cause.message}\n`);
    return EXIT.usage;
  }
}
