/** `npm run reference`: the reference gateway as a server. */

import { fileURLToPath } from 'node:url';
import { assemble } from '../adapters/assembly.ts';
import type { Backend } from '../backends/backend.ts';
import { secretOf } from '../authentication.ts';
import { readOptions, type Options } from '../options.ts';
import { chooseBackend } from './backend-choice.ts';
import type { Flags } from './flags.ts';
import { instruments, openInstruments } from './instruments.ts';
import { introduction } from './introduction.ts';
import { printer } from './printer.ts';
import { endOnSignal } from './signals.ts';

const { env } = process;
const print = printer(process.stdout);

/**
 * Starts it, and ends it on a signal.
 *
 * @throws {Error} in one line, when a flag or the configuration is wrong or the port is not free.
 */
export async function start(flags: Flags): Promise<void> {
  if (flags.check !== undefined) return checked(flags.check);
  const named = flags.config ?? (env.OPENCLAW_CONFIG_PATH || undefined);
  const file = named ?? ownConfiguration();
  const { port, host, edition, asReleased } = flags;
  const overrides = { host, edition, asReleased, ...(port && { port: portFrom('port', port) }) };
  const options = readOptions({ file, env, overrides });
  if (named !== undefined) (await import('./misspelt.ts')).misspeltIn(named).forEach(print);
  const { upstreamUrl, upstreamModel: model, upstreamBytes: most } = flags;
  const bytes = most === undefined ? undefined : bytesFrom('upstream-bytes', most);
  const { ttft, tokensPerSecond, jitter, seed } = flags;
  const { journal, lint, faultHeader, controlPort: given, controlHost } = flags;
  const controlPort = given === undefined ? undefined : portFrom('control-port', given);
  const controlSecret = env.OPENCLAW_CONTROL_TOKEN || undefined;
  const asked = { journal, lint, faultHeader, controlPort, controlHost, controlSecret };
  const pace = { ttft, tokensPerSecond, jitter, seed };
  const { backend, replies } = await chooseBackend(
    flags.backend,
    { ...options, url: upstreamUrl, model, bytes, env },
    { replies: flags.replies, pace, log: print, open: controlPort !== undefined },
  );
  const answering = flags.record === undefined ? backend : await recordedTo(flags.record, backend, options, flags);
  const parts = { ...options, ...instruments(asked, print), backend: answering, state: flags.state, log: print };
  const { gateway, ...kept } = await assemble(parts);
  const control = await openInstruments(asked, { ...kept, replies }, print);
  const url = await gateway.listen();
  introduction({ url, options, file, own: named === undefined, control, guarded: controlSecret !== undefined }).forEach(
    print,
  );
  endOnSignal(gateway, kept.sessions);
}

/** Prints how many replies there are, when all are. */
async function checked(folder: string): Promise<void> {
  const { loadReplies } = await import('../backends/scripted/replies.ts');
  const { length } = (await loadReplies(folder)).list();
  print(`${length} ${length === 1 ? 'reply' : 'replies'} in ${folder}: nothing wrong`);
}

async function recordedTo(folder: string, backend: Backend, { auth }: Options, flags: Flags): Promise<Backend> {
  if (flags.backend !== 'upstream') {
    throw new Error('Failed to record: expected --backend upstream beside --record, got scripted. Add it.');
  }
  const { recorded } = await import('./recording.ts');
  const secrets = [env.OPENAI_API_KEY, env.OPENCLAW_CONTROL_TOKEN, secretOf(auth)];
  return recorded(backend, { folder, secrets, log: print });
}

/** The kit's own configuration, for a start without one. Its token is public, so it may be printed. */
function ownConfiguration(): string {
  const { OPENCLAW_GATEWAY_TOKEN: token, OPENCLAW_GATEWAY_PASSWORD: password } = env;
  const name = token ? 'env-token' : password ? 'env-password' : 'token';
  return fileURLToPath(new URL(`../../fixtures/gateways/${name}.json5`, import.meta.url));
}

function portFrom(flag: string, text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new Error(`Failed to read --${flag}: expected a number from 0 to 65535, got "${text}". Name another one.`);
}

function bytesFrom(flag: string, text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new Error(`Failed to read --${flag}: expected a number of bytes from 1 on, got "${text}". Name another one.`);
}
