/** `npm run proof -- [options]`; see `--help`. */
import { proof } from '../conformance/commands/proof.ts';

process.exitCode = await proof(process.argv.slice(2), {
  write: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
  live: process.stdout.isTTY,
});
