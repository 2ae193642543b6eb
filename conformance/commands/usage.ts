/** The command lines of the commands that are for contributors alone. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { UsageError } from '../usage-error.ts';

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
