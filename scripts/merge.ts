/** `npm run merge -- DIR…`; see `--help`. */
import { usageOr } from '../conformance/arguments.ts';
import { merge } from '../conformance/merge.ts';

process.exitCode = usageOr(() => merge(process.argv.slice(2), (text) => process.stdout.write(text)));
