/** `npm run reference -- [options]`; see `--help`. */
import { invocation } from '../conformance/reports/invocation.ts';
import { start } from '../reference/command/command.ts';

start(process.argv.slice(2), invocation('reference')).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : 'Failed to start.'}\n`);
  process.exitCode = 2;
});
