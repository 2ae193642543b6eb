/** One deployment of a real release: started in its own folders, polled until ready, stopped, removed. */

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import JSON5 from 'json5';
import { variableIn } from '../../dial/dialect.ts';
import { fetchDirect } from '../../wire/fetch.ts';
import { AGENT_SETTINGS, agentsOf, configure } from './configuration.ts';
import type { Installed } from './install.ts';
import { isIsolated } from './namespace.ts';

/** Time for a gateway to answer after its start, in milliseconds. The newest take 12 s on two idle cores. */
const READY_MS = 120_000;
/** Time for it to exit after SIGTERM, in milliseconds; then it is killed. */
const STOP_MS = 5_000;
/** The size of the log that is kept, in characters: the newest, because a failure is at the end. */
const LOG_CHARACTERS = 256 * 1024;

/** What to start, and where. */
export interface Start {
  readonly installed: Installed;
  /** A row of `fixtures/deployments.json`. */
  readonly deployment: {
    readonly name: string;
    readonly env: Readonly<Record<string, string>>;
    readonly credential: string | null;
  };
  /** The text of the deployment's configuration file, JSON5. */
  readonly config: string;
  /** Base URL of the model provider, with `/v1`. */
  readonly providerUrl: string;
  /** A free port. Deployments that run at once need different ones. */
  readonly port: number;
  /** A folder that does not exist yet, for all that the gateway writes. `stop` removes it. */
  readonly folder: string;
  /** Time until the first answer, in ms. Default: 120 000. */
  readonly patience?: number;
  /** Whether to start it even with access to the network. Default: false. */
  readonly unisolated?: boolean;
}

/** A gateway that did not become ready. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure';
  /** The newest 256 Ki characters of its output, secrets redacted. */
  readonly log: string;

  constructor(message: string, log: string) {
    super(message);
    this.log = log;
  }
}

/** A gateway that is ready. */
export interface Running {
  /** Base URL, without `/v1`. */
  readonly url: string;
  /** From the start of the process to its first answer, in milliseconds. */
  readonly startMs: number;
  /** Resident memory of all its processes when it was ready, in bytes. */
  readonly memory: number;
  /** The newest 256 Ki characters of its output, secrets redacted. */
  log(): string;
  /** Whether the process still runs; false after a crash. */
  alive(): boolean;
  /** Sends SIGTERM, 5 s later SIGKILL, then removes its folder. May be called again. */
  stop(): Promise<void>;
}

/** Gateways that are killed when this process exits. */
const standing = new Set<ChildProcess>();
process.on('exit', () => standing.forEach((child) => kill(child, 'SIGKILL')));

/**
 * Starts a release with a deployment's configuration and waits until it answers.
 *
 * @throws {Error} outside a loopback-only namespace, unless `unisolated`.
 * @throws {StartFailure} when the gateway exits early or is not ready in time; its message ends with the last lines of
 *   its log. Its processes and its folder are removed then.
 */
export async function startRelease(start: Start): Promise<Running> {
  const { dialect, entry, node, ...installed } = start.installed;
  const name = `${installed.name}@${installed.version} (${start.deployment.name})`;
  if (!start.unisolated && !isIsolated()) {
    const mend = 'Start it with insideNamespace().';
    throw new Error(`Failed to start ${name}: expected a loopback-only network namespace, got a wider one. ${mend}`);
  }
  const env = await furnish(start);
  const started = performance.now();
  // Its own process group: releases start themselves a second time, and both processes must be signalled.
  const child = spawn(node, [entry, ...dialect.command.slice(1), '--port', String(start.port)], {
    cwd: start.folder,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  standing.add(child);
  const log = keepLog(child, secretsOf(start));
  const gone = new Promise<string>((resolve) => {
    child.once('error', (cause) => resolve(cause.message));
    child.once('exit', (code, signal) => {
      const ending = signal ?? `exit code ${code}`;
      // Wait 1 s for the rest of the log, no longer: a process that left the group may keep the pipe open.
      child.once('close', () => resolve(ending));
      setTimeout(() => resolve(ending), 1_000).unref();
    });
  });
  const url = `http://127.0.0.1:${start.port}`;
  const patience = start.patience ?? READY_MS;
  const stop = async (): Promise<void> => {
    kill(child, 'SIGTERM');
    await Promise.race([gone, pause(STOP_MS, undefined, { ref: false })]);
    kill(child, 'SIGKILL');
    await gone;
    standing.delete(child);
    await rm(start.folder, { recursive: true, force: true, maxRetries: 5 });
  };

  const waiting = new AbortController();
  const trouble = await Promise.race([
    gone,
    ready(url, patience, waiting.signal).then((is) => (is ? undefined : `none in ${Math.round(patience / 1000)} s`)),
  ]);
  waiting.abort();
  if (trouble !== undefined) {
    await stop();
    const output = `Its last output:\n${lastLines(log())}`;
    throw new StartFailure(`Failed to start ${name}: expected an answer, got ${trouble}. ${output}`, log());
  }
  const startMs = performance.now() - started;
  return { url, startMs, memory: await memoryOf(child.pid), log, alive: () => alive(child), stop };
}

/** Writes the configuration and creates the folders. Returns an environment that names only them. */
async function furnish({
  folder,
  config,
  port,
  providerUrl,
  deployment,
  installed,
}: Start): Promise<NodeJS.ProcessEnv> {
  const path = (name: string): string => join(folder, name);
  for (const name of ['state', 'home', 'tmp', 'workspace']) await mkdir(path(name), { recursive: true });
  const { dialect } = installed;
  const configuration = configure(config, { port, providerUrl, folder }, dialect);
  await writeFile(path(dialect.file), JSON.stringify(configuration, null, 2));
  for (const agent of agentsOf(configuration)) {
    const agentFolder = path(`state/agents/${agent}/agent`);
    await mkdir(agentFolder, { recursive: true });
    await writeFile(join(agentFolder, 'settings.json'), JSON.stringify(AGENT_SETTINGS));
  }
  const env: Record<string, string> = {
    OPENCLAW_HOME: path('home'),
    OPENCLAW_STATE_DIR: path('state'),
    OPENCLAW_CONFIG_PATH: path(dialect.file),
    OPENCLAW_NO_AUTO_UPDATE: '1',
    OPENCLAW_DISABLE_BONJOUR: '1',
    OPENCLAW_OFFLINE: '1',
    OPENCLAW_SKIP_CHANNELS: '1',
    OPENCLAW_SKIP_CANVAS_HOST: '1',
    OPENCLAW_SKIP_BROWSER_CONTROL_SERVER: '1',
    ...deployment.env,
  };
  return {
    // Nothing else of this process's environment: it may hold keys of real providers.
    PATH: process.env.PATH,
    LANG: 'C.UTF-8',
    HOME: path('home'),
    TMPDIR: path('tmp'),
    // Compiled once per release, not once per start.
    NODE_COMPILE_CACHE: join(installed.folder, '.compiled'),
    ...Object.fromEntries(Object.entries(env).map(([name, value]) => [variableIn(dialect, name), value])),
    ...Object.assign({}, ...dialect.mends.map((mend) => ('env' in mend ? mend.env : {}))),
  };
}

/** Newer releases open their port early and answer 503 until ready. The path is unknown to all, so no credential is needed. */
async function ready(url: string, patience: number, given: AbortSignal): Promise<boolean> {
  const end = performance.now() + patience;
  while (performance.now() < end && !given.aborted) {
    const status = await fetchDirect(`${url}/v1/ready-probe`, {
      signal: AbortSignal.any([given, AbortSignal.timeout(5_000)]),
    }).then(
      async (response) => {
        await response.body?.cancel();
        return response.status;
      },
      () => undefined,
    );
    if (status !== undefined && status !== 503) return true;
    await pause(50);
  }
  return false;
}

function keepLog(child: ChildProcess, secrets: readonly string[]): () => string {
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-LOG_CHARACTERS)));
  }
  return () => secrets.reduce((text, secret) => text.replaceAll(secret, '[redacted]'), log);
}

function secretsOf({ config, deployment }: Start): string[] {
  const { gateway } = JSON5.parse<{ gateway?: { auth?: Record<string, unknown> } }>(config);
  const { token, password } = gateway?.auth ?? {};
  return [token, password, deployment.credential, ...Object.values(deployment.env)].filter(
    (secret) => typeof secret === 'string' && secret !== '',
  ) as string[];
}

function lastLines(log: string): string {
  return log.trimEnd().split('\n').slice(-15).join('\n') || '(it printed nothing)';
}

function alive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** Signals the whole process group. A group without processes is not an error. */
function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ESRCH') throw cause;
  }
}

/** Resident memory of a process group, in bytes; 0 without /proc. */
async function memoryOf(group: number | undefined): Promise<number> {
  let kilobytes = 0;
  for (const pid of (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
    // `pid (name) state parent group …`
    if (Number(stat.slice(stat.lastIndexOf(')') + 1).split(' ')[3]) !== group) continue;
    const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
    kilobytes += Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  }
  return kilobytes * 1024;
}
