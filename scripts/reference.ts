/** `npm run reference -- [options]`; see `--help`. */
import { called } from '../conformance/reports/invocation.ts';
import { start } from '../reference/command/command.ts';

start(process.argv.slice(2), called('reference')).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : 'Failed to start.'}\n`);
  process.exitCode = 2;
});
