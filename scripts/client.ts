/** `npm run client -- [options] -- COMMAND …`; see `--help`. */
import { run } from './command.ts';

await run('client');
