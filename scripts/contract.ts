/** `npm run contract [-- --freeze]`. */
import { ended } from '../conformance/commands/command-line.ts';
import { contract } from '../conformance/commands/contract.ts';

process.exitCode = await ended(() => contract(process.argv.slice(2)));
