/** `npm run conformance -- [options]`; see `--help`. */
import { conformance } from '../conformance/commands/conformance.ts';

process.exitCode = await conformance(process.argv.slice(2), {
  env: process.env,
  write: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
  live: process.stdout.isTTY,
});

// A connection attempt without an answer would keep the process alive for fetch's timeout of ten seconds.
setTimeout(() => process.exit(), 1000).unref();
