/** Judges a gateway that only a proxy reaches. The command runs in its own process: a proxy is of a process. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { startEmbedded } from '../lab/embedded.ts';

const JUDGE = fileURLToPath(new URL('../../scripts/conformance.ts', import.meta.url));
const embedded = await startEmbedded();
const [{ baseUrl, credential = '' }] = embedded.target.deployments;
const PASSWORD = 'kit-Password-9c31e0d7a5b2486f';
const asked: string[] = [];
const open = new Set<Socket>();
let answer = '200 Connection established';
/** Knows one host, and leads to the reference. */
const proxy = createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`);
  response.writeHead(502).end();
}).on('connect', ({ url }, socket: Socket) => {
  asked.push(`CONNECT ${url}`);
  if (!answer.startsWith('200')) return socket.end(`HTTP/1.1 ${answer}\r\n\r\n`);
  const on = connect(Number(new URL(baseUrl).port), '127.0.0.1', () => {
    socket.write(`HTTP/1.1 ${answer}\r\n\r\n`);
    on.pipe(socket).pipe(on);
  });
  for (const one of [socket, on]) open.add(one.on('error', () => undefined));
});
proxy.listen(0, '127.0.0.1');
await once(proxy, 'listening');
afterAll(async () => {
  for (const one of open) one.destroy();
  proxy.close();
  await embedded.close();
});

interface Ran {
  readonly code: number;
  readonly text: string;
}

function judged(environment: Readonly<Record<string, string>>): Promise<Ran> {
  const argv = ['--base-url', 'http://gateway.test:18789', '--only', 'streaming.done', '--only', 'requests.bad-host'];
  const env = { ...process.env, OPENCLAW_GATEWAY_TOKEN: credential, ...environment };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [JUDGE, ...argv], { env }, (_, out, error) =>
      resolve({ code: child.exitCode ?? -1, text: out + error }),
    );
  });
}

const ADDRESS = `http://user:${PASSWORD}@127.0.0.1:${(proxy.address() as AddressInfo).port}`;

test('fetch and raw connections go through tunnels of the proxy, and nothing else reaches it', async () => {
  const { code, text } = await judged({ HTTP_PROXY: ADDRESS });
  expect([code, text]).toEqual([0, expect.stringContaining('Passed the selected cases')]);
  expect(new Set(asked)).toEqual(new Set(['CONNECT gateway.test:18789']));
  // Three raw calls and one connection of fetch, at least.
  expect(asked.length).toBeGreaterThan(3);
  expect(text).not.toContain(PASSWORD);
});

test('a proxy that refuses is told in one line, exit code 3, without its password', async () => {
  answer = '403 Forbidden';
  const { code, text } = await judged({ http_proxy: ADDRESS });
  expect([code, text]).toEqual([3, expect.stringMatching(/^Failed to judge .*through the proxy, got .*NO_PROXY\.\n$/)]);
  expect(text).not.toContain(PASSWORD);
});

test('a proxy whose address is none is told in one line, exit code 2', async () => {
  const { code, text } = await judged({ HTTP_PROXY: 'http://:::x' });
  const line = 'Failed to read HTTP_PROXY: expected an address like http://proxy.example:3128, got another form.';
  expect([code, text]).toEqual([2, `${line} Correct it.\n`]);
});
