/** `npm run soak -- [options]`; see `--help`. */
import { ended, readCommandLine } from '../conformance/commands/command-line.ts';
import { command, FLAGS, MORE, SAYS } from '../reference/soak/command.ts';

const table = { invocation: 'npm run soak --', says: SAYS, flags: FLAGS, more: MORE };
process.exitCode = await ended(() => command(readCommandLine(process.argv.slice(2), table).values));
