/** `npm run merge -- DIR…`; see `--help`. */
import { usageOr } from '../conformance/commands/conformance-flags.ts';
import { merge } from '../conformance/commands/merge.ts';

process.exitCode = usageOr(() => merge(process.argv.slice(2), (text) => process.stdout.write(text)));
