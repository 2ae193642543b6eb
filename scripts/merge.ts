/** `npm run merge -- DIR…`; see `--help`. */
import { run } from './command.ts';

await run('merge');
