/** `npm run gate -- --release X`; see `--help`. */
import { fileURLToPath } from 'node:url';
import { gate } from '../conformance/commands/gate.ts';

process.exitCode = await gate(process.argv.slice(2), [process.execPath, fileURLToPath(import.meta.url)]);
