/** `npm run bench -- [options]`; see `--help`. */
import { command } from '../reference/bench/command.ts';

process.exitCode = await command(process.argv.slice(2));
