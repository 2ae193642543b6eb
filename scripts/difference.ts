/** `npm run difference -- --release X`; see `--help`. */
import { fileURLToPath } from 'node:url';
import { difference } from '../conformance/commands/difference.ts';

process.exitCode = await difference(process.argv.slice(2), [process.execPath, fileURLToPath(import.meta.url)]);
