/** `npm run reference -- [options]`; see `--help`. */
import { run } from './command.ts';

await run('reference');
