/** `npm run gate -- --release X`; see `--help`. */
import { run } from './command.ts';

await run('gate');
