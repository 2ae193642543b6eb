/** `npm run conformance -- [options]`; see `--help`. */
import { run } from './command.ts';

await run('judge');
