/** `npm run reference`: the reference gateway as a server. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { called } from '../conformance/called.ts';
import { chooseBackend } from '../reference/backends/choice.ts';
import { createGateway } from '../reference/gateway.ts';
import { introduction } from '../reference/introduction.ts';
import { readOptions } from '../reference/options.ts';
import { openSessions } from '../reference/sessions.ts';
import { endOnSignal } from '../reference/signals.ts';

const HELP = `Usage: ${called('reference')} [options]
  --port N             default: the configuration's gateway.port, else 18789; 0 is any free port
  --host ADDRESS       default: the configuration's gateway.bind, else 127.0.0.1
  --config FILE        OpenClaw's own JSON5 configuration; default: OPENCLAW_CONFIG_PATH, else one of the kit's own
  --edition RELEASE    the contract as of that release; default: the newest
  --as-released        with the faults that the release is known for
  --state FILE         keeps sessions in FILE, over restarts and crashes; default: in memory
  --backend NAME       scripted (default) or upstream
  --upstream-url URL   the OpenAI-compatible provider of the upstream backend; its key is read from OPENAI_API_KEY
  --upstream-model M   the model that agents without one of their own ask for
  --help               this text
`;

const string = { type: 'string' } as const;
const LISTENING = { port: string, host: string, config: string, edition: string, state: string, backend: string };
const FLAGS = { 'as-released': { type: 'boolean' }, help: { type: 'boolean' } } as const;
const OPTIONS = { ...LISTENING, 'upstream-url': string, 'upstream-model': string, ...FLAGS };

const { env } = process;
const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function start(): Promise<void> {
  const flags = readFlags();
  if (flags.help) return void process.stdout.write(HELP);
  const named = flags.config ?? (env.OPENCLAW_CONFIG_PATH || undefined);
  const file = named ?? ownConfiguration();
  const { port, host, edition, 'as-released': asReleased } = flags;
  const overrides = { host, edition, asReleased, ...(port && { port: portFrom(port) }) };
  const options = readOptions({ file, env, overrides });
  const { 'upstream-url': upstreamUrl, 'upstream-model': model } = flags;
  const backend = await chooseBackend(flags.backend, { url: upstreamUrl, model, agents: options.agents, env });
  const sessions = await openSessions(flags.state);
  const gateway = createGateway({ ...options, backend, sessions, log: print });
  const url = await gateway.listen();
  introduction({ url, options, file, own: named === undefined }).forEach(print);
  endOnSignal(gateway, sessions);
}

function readFlags() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (cause) {
    const got = String(cause).replace(/^.*?: |\. [^]*$/g, '');
    throw new Error(`Failed to read the command line: ${got}. See --help.`, { cause });
  }
}

/** Without a configuration one of the kit's own starts. Its token is known to everybody, so it may be printed. */
function ownConfiguration(): string {
  const { OPENCLAW_GATEWAY_TOKEN: token, OPENCLAW_GATEWAY_PASSWORD: password } = env;
  const name = token ? 'env-token' : password ? 'env-password' : 'token';
  return fileURLToPath(new URL(`../fixtures/gateways/${name}.json5`, import.meta.url));
}

function portFrom(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new Error(`Failed to read --port: expected a number from 0 to 65535, got "${text}". Name another one.`);
}

start().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : 'Failed to start.'}\n`);
  process.exitCode = 2;
});
