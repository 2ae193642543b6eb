/** `npm run conformance -- [options]`; see `--help`. */
import { conformance } from '../conformance/command.ts';

process.exitCode = await conformance(process.argv.slice(2), {
  env: process.env,
  write: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
  live: process.stdout.isTTY,
  startEmbedded: async (options) => (await import('../conformance/lab/embedded.ts')).startEmbedded(options),
  startProbe: async (port) => (await import('../conformance/lab/standing-probe.ts')).startProbe(port),
});

// A connection that never comes to stand would keep the process for the ten seconds that fetch gives it.
setTimeout(() => process.exit(), 1000).unref();
