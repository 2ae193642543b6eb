/** A gateway that is out of file descriptors: what it cannot serve is refused, and served when there are some again. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { HEADERS, PATH, saying } from './deployed.ts';

/** Facts are waited for; how long a loaded machine takes is no fact. */
const PATIENCE = { timeout: 30_000 };
const DESCRIPTORS = 64;
const CONNECTIONS = 80;
const SCRIPT = fileURLToPath(new URL('../../scripts/reference.ts', import.meta.url));

const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

/** Starts the command with few descriptors. Resolves to its port. */
async function started(...flags: string[]): Promise<number> {
  const limited = `ulimit -n ${DESCRIPTORS}; exec "$0" "$@"`;
  const child = spawn('sh', ['-c', limited, process.execPath, SCRIPT, '--port', '0', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH },
  });
  children.push(child);
  for await (const line of createInterface(child.stdout)) {
    const port = /^Reference gateway on http:\S+:(\d+)/.exec(line)?.[1];
    if (port === undefined) continue;
    child.stdout.resume();
    return Number(port);
  }
  throw new Error('The gateway did not start.');
}

/** A connection and what came on it. */
class Caller {
  readonly socket: Socket;
  heard = '';
  ended = false;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (piece) => (this.heard += piece.toString('latin1')));
    this.socket.on('error', () => undefined).on('end', () => (this.ended = true));
    this.socket.on('close', () => (this.ended = true));
  }

  /** Sends a request. Resolves to the status, or to 0 when the gateway hung up instead. */
  async asks(request: string): Promise<number> {
    this.heard = '';
    this.socket.write(request);
    await expect.poll(() => this.ended || this.heard.includes('\r\n\r\n'), PATIENCE).toBe(true);
    return Number(/^HTTP\/1\.1 (\d+)/.exec(this.heard)?.[1] ?? 0);
  }
}

function call(headers: Readonly<Record<string, string>> = {}): string {
  const body = saying('hi');
  const all = { Host: 'x', ...HEADERS, 'Content-Length': String(body.length), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [`POST ${PATH} HTTP/1.1`, ...lines, '', body].join('\r\n');
}

const FAULTY = call({ 'x-openclaw-fault': 'crlf' });
const UPGRADE = [
  'GET / HTTP/1.1',
  'Host: x',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '\r\n',
].join('\r\n');

/** More connections than there are descriptors. Resolves to those that are held, when the rest are hung up on. */
async function crowd(port: number): Promise<Caller[]> {
  const callers = Array.from({ length: CONNECTIONS }, () => new Caller(port));
  const refused = (): number => callers.filter(({ ended }) => ended).length;
  await expect.poll(refused, PATIENCE).toBeGreaterThan(CONNECTIONS - DESCRIPTORS);
  return callers.filter(({ ended }) => !ended);
}

test.skipIf(process.platform === 'win32')(
  'out of descriptors it answers the connections that it holds, refuses the rest, and serves all of it later, WebSockets included',
  { timeout: 60_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'descriptors-'));
    const state = join(folder, 'state.db');
    const journal = join(folder, 'journal.jsonl');
    const port = await started('--fault-header', '--state', state, '--journal', journal);
    const [plain, faulty, socket, ...others] = await crowd(port);
    expect(await plain?.asks(call({ 'x-openclaw-session-key': 'kept' }))).toBe(200);
    // Neither can be loaded now.
    expect(await faulty?.asks(FAULTY)).toBe(500);
    expect(await socket?.asks(UPGRADE)).toBe(503);

    for (const one of [plain, faulty, socket, ...others]) one?.socket.destroy();
    await expect.poll(async () => await new Caller(port).asks(call()), PATIENCE).toBe(200);
    expect(await new Caller(port).asks(FAULTY)).toBe(200);
    expect(await new Caller(port).asks(UPGRADE)).toBe(101);
    expect(await new Caller(port).asks(UPGRADE)).toBe(101);
    const statuses = readFileSync(journal, 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { status: number | null }).status);
    expect(statuses.filter((status) => status === 500)).toHaveLength(1);
  },
);
