/** `npm run newer`; see `--help`. */
import { fileURLToPath } from 'node:url';
import { ended } from '../conformance/commands/command-line.ts';
import { newer } from '../conformance/commands/newer.ts';

const self = [process.execPath, fileURLToPath(new URL('gate.ts', import.meta.url))];
process.exitCode = await ended(() =>
  newer(process.argv.slice(2), self, { write: (text) => process.stdout.write(text) }),
);
