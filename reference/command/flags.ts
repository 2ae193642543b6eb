/** What `npm run reference` can be told on its command line. */

import { parseArgs } from 'node:util';

const LINES = `
  --port N             default: the configuration's gateway.port, else 18789; 0 is any free port
  --host ADDRESS       default: the configuration's gateway.bind, else 127.0.0.1
  --config FILE        OpenClaw's own JSON5 configuration; default: OPENCLAW_CONFIG_PATH, else one of the kit's own
  --edition RELEASE    the contract as of that release; default: the newest
  --as-released        with the faults that the release is known for
  --state FILE         keeps sessions in FILE, over restarts and crashes; default: in memory
  --backend NAME       scripted (default) or upstream
  --upstream-url URL   the OpenAI-compatible provider of the upstream backend; its key is read from OPENAI_API_KEY
  --upstream-model M   the model that agents without one of their own ask for
  --upstream-bytes N   how much of one answer of the provider is taken in, in bytes; default: 67108864 (64 MiB)
  --replies DIR        replies beside the kit's own, read again when they change
  --ttft MS            milliseconds to the first token
  --tokens-per-second N  how fast the others follow; default: as fast as can be
  --jitter SHARE       how far each token may be off its time, from 0 to 1
  --seed N             the same seed gives the same times; default: another one every time, printed
  --fault-header       lets clients order a fault: x-openclaw-fault: cut=3
  --journal FILE       adds each request to FILE when it has ended, as a line of JSON without secrets
  --lint               prints at the end what the client does wrong; exit code 1 when that is anything
  --control-port N     opens the Control API on 127.0.0.1, 0 being any free port: journal, sessions, replies, faults
  --control-host ADDRESS  where the Control API listens instead; its clients then send the secret that
                       OPENCLAW_CONTROL_TOKEN holds, as Authorization: Bearer
  --help               this text
`;

const string = { type: 'string' } as const;
const boolean = { type: 'boolean' } as const;
export const OPTIONS = {
  port: string,
  host: string,
  config: string,
  edition: string,
  'as-released': boolean,
  state: string,
  backend: string,
  'upstream-url': string,
  'upstream-model': string,
  'upstream-bytes': string,
  replies: string,
  ttft: string,
  'tokens-per-second': string,
  jitter: string,
  seed: string,
  'fault-header': boolean,
  journal: string,
  lint: boolean,
  'control-port': string,
  'control-host': string,
  help: boolean,
};

/** @param name How the command was called. */
export const help = (name: string): string => `Usage: ${name} [options]${LINES}`;

/** @throws {Error} in one line, for a flag that is none. */
export function readFlags(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS }).values;
  } catch (cause) {
    const got = String(cause).replace(/^.*?: |\. [^]*$/g, '');
    throw new Error(`Failed to read the command line: ${got}. See --help.`, { cause });
  }
}
