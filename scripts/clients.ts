/** `npm run clients -- [ID …]`; see `--help`. */
import { ended } from '../conformance/commands/command-line.ts';
import { clients } from '../conformance/commands/clients.ts';

process.exitCode = await ended(() => clients(process.argv.slice(2), { write: (text) => process.stdout.write(text) }));
