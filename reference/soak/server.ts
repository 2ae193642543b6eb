/** A reference as a process, observed through `/proc`: Linux only. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Living, Work } from './inside.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** A running reference. */
export interface Server {
  readonly url: string;
  /** Resident memory, in bytes. */
  rss(): number;
  /** The number of open file descriptors, connections included. */
  descriptors(): number;
  /** The live objects after a garbage collection. */
  living(): Promise<Living>;
  /** The work done since the start, and since the previous call. */
  work(): Promise<Work>;
  /** Whether the process has ended. */
  readonly dead: boolean;
  /** Sends a signal, by default SIGKILL, and resolves when the process has ended. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/**
 * Starts `npm run reference` on any free port of 127.0.0.1.
 *
 * @param flags Further flags of the command. Default: none.
 * @param v8 Flags of Node. Default: none.
 * @throws {Error} with its output, when it exits before it listens.
 */
export async function startServer(flags: readonly string[] = [], v8: readonly string[] = []): Promise<Server> {
  const child = fork(here('../../scripts/reference.ts'), ['--port', '0', ...flags], {
    execArgv: [...v8, '--import', here('inside.ts')],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, OPENCLAW_GATEWAY_TOKEN: TOKEN },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const exit = once(child, 'exit');
  let output = '';
  const listening = Promise.withResolvers<string>();
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (piece: string) => {
      // It prints a line for each call; only the newest 2 000 characters are kept.
      output = `${output}${piece}`.slice(-2_000);
      const [url] = /http:\/\/127\.0\.0\.1:\d+(?=,)/.exec(output) ?? [];
      if (url !== undefined) listening.resolve(url);
    });
  }
  void exit.then(() => listening.reject(new Error(`Failed to start a reference: expected an address, got: ${output}`)));
  const url = await listening.promise;
  const status = (): string => readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return {
    url,
    rss: () => Number(/^VmRSS:\s+(\d+) kB/m.exec(status())?.[1]) * 1024,
    descriptors: () => readdirSync(`/proc/${child.pid}/fd`).length,
    async living() {
      const answer = once(child, 'message');
      child.send('?');
      const [living] = (await answer) as [Living];
      return living;
    },
    async work() {
      const answer = once(child, 'message');
      child.send('work');
      const [work] = (await answer) as [Work];
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

/** The secret of the soak's references. */
export const TOKEN = 'soak-token';
