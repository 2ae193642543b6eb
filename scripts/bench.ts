/** `npm run bench -- [options]`; see `--help`. */
import { ended, readCommandLine } from '../conformance/commands/command-line.ts';
import { command, FLAGS, MORE, SAYS } from '../reference/bench/command.ts';

const table = { invocation: 'npm run bench --', says: SAYS, flags: FLAGS, more: MORE };
process.exitCode = await ended(() => command(readCommandLine(process.argv.slice(2), table).values));
