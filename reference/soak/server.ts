/** A reference as a process of its own, watched from outside: by `/proc`, hence on Linux alone. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Living, Work } from './inside.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export interface Server {
  readonly url: string;
  /** What it holds of the machine's memory, in bytes. */
  rss(): number;
  /** How many files and connections the kernel keeps open for it. */
  descriptors(): number;
  living(): Promise<Living>;
  /** What was done so far, and since this was last asked. */
  work(): Promise<Work>;
  /** Whether it is dead already. */
  readonly dead: boolean;
  /** Resolves when it is dead. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/**
 * Starts `npm run reference` on any free port of 127.0.0.1.
 *
 * @param flags More of its flags.
 * @param v8 Flags of Node.
 * @throws {Error} with what it said, when it does not listen.
 */
export async function startServer(flags: readonly string[] = [], v8: readonly string[] = []): Promise<Server> {
  const child = fork(here('../../scripts/reference.ts'), ['--port', '0', ...flags], {
    execArgv: [...v8, '--import', here('inside.ts')],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, OPENCLAW_GATEWAY_TOKEN: TOKEN },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const exit = once(child, 'exit');
  let said = '';
  const listening = Promise.withResolvers<string>();
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (piece: string) => {
      // It writes a line for each call; what a long life says is not kept.
      said = `${said}${piece}`.slice(-2_000);
      const [url] = /http:\/\/127\.0\.0\.1:\d+(?=,)/.exec(said) ?? [];
      if (url !== undefined) listening.resolve(url);
    });
  }
  void exit.then(() => listening.reject(new Error(`Failed to start a reference: expected an address, got: ${said}`)));
  const url = await listening.promise;
  const status = (): string => readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return {
    url,
    rss: () => Number(/^VmRSS:\s+(\d+) kB/m.exec(status())?.[1]) * 1024,
    descriptors: () => readdirSync(`/proc/${child.pid}/fd`).length,
    async living() {
      const told = once(child, 'message');
      child.send('?');
      const [living] = (await told) as [Living];
      return living;
    },
    async work() {
      const told = once(child, 'message');
      child.send('work');
      const [work] = (await told) as [Work];
      return work;
    },
    get dead() {
      return child.exitCode !== null || child.signalCode !== null;
    },
    async kill(signal = 'SIGKILL') {
      child.kill(signal);
      await exit;
    },
  };
}

/** Of no use to anybody but a soak. */
export const TOKEN = 'soak-token';
