/** The command line of every command: how it is read, and how its errors become an exit code. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
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

/**
 * Reads a command line.
 *
 * @param config As for `parseArgs`, without `args`.
 * @throws {UsageError} for an unknown flag, a flag without its value, or an argument that is not allowed.
 */
export function readArgv<const T extends ParseArgsConfig>(
  argv: readonly string[],
  config: T,
): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs<T>({ ...config, args: [...argv] });
  } catch (cause) {
    const [sentence] = (cause as Error).message.split('. ');
    throw new UsageError(`Failed to read the command line: ${sentence}. See --help.`);
  }
}
