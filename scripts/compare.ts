/** `npm run compare -- BEFORE.json AFTER.json`; see `--help`. */
import { compare } from '../conformance/commands/compare.ts';
import { usageOr } from '../conformance/commands/usage.ts';

process.exitCode = usageOr(() => compare(process.argv.slice(2), (text) => process.stdout.write(text)));
