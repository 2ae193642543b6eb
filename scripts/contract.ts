/** `npm run contract [-- --freeze]`. */
import { contract } from '../conformance/commands/contract.ts';

process.exitCode = await contract(process.argv.slice(2));
