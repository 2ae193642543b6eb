/** A server in a process of its own, and what the operating system says of it. Linux only: it is read in /proc. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';

export interface Started {
  readonly pid: number;
  readonly port: number;
  /** From the call of spawn until it said where it listens, in milliseconds. */
  readonly ms: number;
  stop(): Promise<void>;
}

/**
 * Starts a server and waits until it says its port.
 *
 * @param argv What Node runs, given a free port. Nothing of this process's environment but PATH is handed on.
 * @throws {Error} when it ends, or is silent for 30 s.
 */
export async function start(argv: (port: number) => readonly string[]): Promise<Started> {
  const port = await freePort();
  const begun = performance.now();
  const child = spawn(process.execPath, [...argv(port)], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await told(child, port);
  const ms = performance.now() - begun;
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    // As its users end it: what it keeps for the next start is kept.
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 3_000);
    await gone;
    clearTimeout(late);
  };
  return { pid: child.pid ?? 0, port, ms, stop };
}

async function told(child: ChildProcess, port: number): Promise<void> {
  let said = '';
  const late = setTimeout(() => child.kill('SIGKILL'), 30_000);
  await new Promise<void>((resolve, reject) => {
    const hear = (piece: Buffer): void => {
      // What it says once it listens is taken off its hands and thrown away.
      if (said.includes(`:${port}`)) return;
      said += String(piece);
      if (said.includes(`:${port}`)) resolve();
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.on('error', reject);
    child.on('exit', () => reject(new Error(`Failed to start a server: expected its port, got ${said.slice(-500)}`)));
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

/** The most memory that a process ever had in RAM, in MB. */
export function peakOf(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** Memory of a process that is in RAM, in MB. */
export function rssOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}
