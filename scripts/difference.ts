/** `npm run difference -- --release X`; see `--help`. */
import { run } from './command.ts';

await run('difference');
