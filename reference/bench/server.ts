/** A server as a process, and its CPU time and memory. Linux only: both are read from /proc. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';

/** A running server. */
export interface Started {
  readonly pid: number;
  readonly port: number;
  /** From the call of spawn until it printed its address, in milliseconds. */
  readonly ms: number;
  /** Sends SIGTERM, 3 s later SIGKILL, and waits for its exit. */
  stop(): Promise<void>;
}

/**
 * Starts a server and waits until it prints its port.
 *
 * @param argv Node's arguments for a free port. Of this process's environment only PATH is passed on.
 * @throws {Error} with its output, when it exits or has not printed its port after 30 s.
 */
export async function start(argv: (port: number) => readonly string[]): Promise<Started> {
  const port = await freePort();
  const begun = performance.now();
  const child = spawn(process.execPath, [...argv(port)], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await listening(child, port);
  const ms = performance.now() - begun;
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    // As users end it, so that it can save what it keeps for the next start.
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 3_000);
    await gone;
    clearTimeout(late);
  };
  return { pid: child.pid ?? 0, port, ms, stop };
}

/** Resolves when the server has printed its port. */
async function listening(child: ChildProcess, port: number): Promise<void> {
  let output = '';
  const late = setTimeout(() => child.kill('SIGKILL'), 30_000);
  await new Promise<void>((resolve, reject) => {
    const read = (piece: Buffer): void => {
      // Later output is read, so that the pipe does not fill, and discarded.
      if (output.includes(`:${port}`)) return;
      output += String(piece);
      if (output.includes(`:${port}`)) resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.on('error', reject);
    child.on('exit', () => reject(new Error(`Failed to start a server: expected its port, got ${output.slice(-500)}`)));
  });
  clearTimeout(late);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** CPU time of a process and all its threads, in microseconds. */
export function cpuOf(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  const spent = readdirSync(tasks).map((task) => readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[0]);
  return spent.reduce((sum, ns) => sum + Number(ns), 0) / 1000;
}

/** Peak resident memory of a process, in MiB. */
export function peakOf(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** Resident memory of a process, in MiB. */
export function rssOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}
