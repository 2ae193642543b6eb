/** `npm run compare -- BEFORE.json AFTER.json`; see `--help`. */
import { run } from './command.ts';

await run('compare');
