/** `npm run merge -- DIR…`; see `--help`. */
import { merge } from '../conformance/commands/merge.ts';
import { usageOr } from '../conformance/commands/usage.ts';

process.exitCode = usageOr(() => merge(process.argv.slice(2), (text) => process.stdout.write(text)));
