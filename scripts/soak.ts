/** `npm run soak -- [options]`; see `--help`. */
import { command } from '../reference/soak/command.ts';

process.exitCode = await command(process.argv.slice(2));
