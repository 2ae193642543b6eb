/** A gateway that was not closed, in a process of its own. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'unclosed-'));
afterAll(() => rmSync(folder, { recursive: true }));

const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

function run(name: string, program: string): ChildProcess & { stdout: NodeJS.ReadableStream } {
  const file = join(folder, name);
  const start = new URL('../adapters/start.ts', import.meta.url).href;
  writeFileSync(file, `import { startReference } from ${JSON.stringify(start)};\n${program}`);
  const child = spawn(process.execPath, [file], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH },
  });
  children.push(child);
  return child;
}

const ASKS = `
  const { baseURL, apiKey, url } = gateway;
  const ask = async (more) => {
    const headers = { Authorization: 'Bearer ' + apiKey };
    const body = JSON.stringify({ model: 'openclaw', messages: [{ role: 'user', content: 'hi' }], ...more });
    return await fetch(baseURL + '/chat/completions', { method: 'POST', headers, body });
  };
`;

test('a test process that forgot to close a gateway ends when its tests have', { timeout: 60_000 }, async () => {
  const child = run(
    'forgets.mjs',
    `
import assert from 'node:assert';
import { once } from 'node:events';
import { test } from 'node:test';
const gateway = await startReference({ pace: { ttft: 50 } });
${ASKS}
test('answers, in pieces too', async () => {
  assert.match(await (await ask({})).text(), /You said: hi/);
  assert.match(await (await ask({ stream: true })).text(), /\\[DONE\\]/);
});
test('takes a WebSocket', async () => {
  const socket = new WebSocket(url.replace('http', 'ws'));
  const [{ data }] = await once(socket, 'message');
  assert.match(data, /connect\\.challenge/);
  socket.close();
  await once(socket, 'close');
});
`,
  );
  child.stdout.resume();
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('a program that says so lives as long as its gateway listens', { timeout: 60_000 }, async () => {
  const child = run(
    'serves.mjs',
    `const gateway = await startReference({ keepsAlive: true });
process.once('beforeExit', () => console.log('ended'));
setTimeout(() => console.log(gateway.url));`,
  );
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const { value: url } = await lines.next();
  expect((await fetch(`${url}/v1/chat/completions`)).status).toBe(405);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  child.kill('SIGKILL');
  expect(await lines.next()).toMatchObject({ done: true });
});
