import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { BOUNDS } from './bounds.ts';
import { rawConnections } from './socket.ts';
import { passwordsIn, proxiesIn, proxyFor, tunnel } from './tunnel.ts';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A proxy that leads every tunnel to the same port, and keeps what it was asked. */
async function proxy(port: number, asked: string[]): Promise<string> {
  const server = createServer().on('connect', ({ url, headers }, socket, head) => {
    asked.push(`${url} ${headers['proxy-authorization'] ?? ''}`.trim());
    const on = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      on.write(head);
      on.pipe(socket).pipe(on);
    });
    closing.push(() => on.destroy());
  });
  return `http://user:kit-Password-9c@127.0.0.1:${await listening(server)}`;
}

describe('which proxy', () => {
  const given = { http_proxy: 'http://a:1', HTTPS_PROXY: 'b:2', NO_PROXY: 'direct.test, .inner.test other.test:8080' };
  const found = (url: string, env: Record<string, string> = given): string | undefined =>
    proxyFor(new URL(url), proxiesIn(env)!)?.href;

  test.each([
    ['http://gateway.test:18789', 'http://a:1/'],
    ['https://gateway.test', 'http://b:2/'],
    ['http://direct.test', undefined],
    ['http://DIRECT.test:81', undefined],
    ['http://not-direct.test', 'http://a:1/'],
    ['http://deep.inner.test', undefined],
    ['http://other.test:8080', undefined],
    ['http://other.test:8081', 'http://a:1/'],
    ['http://127.0.0.1:18789', undefined],
    ['http://localhost', undefined],
    ['https://[::1]:443', undefined],
  ])('%s is reached by %s', (url, by) => expect(found(url)).toBe(by));

  test('NO_PROXY=* means none, and an environment without a proxy has none', () => {
    expect(found('http://gateway.test', { HTTP_PROXY: 'http://a:1', no_proxy: '*' })).toBeUndefined();
    expect(proxiesIn({ NO_PROXY: 'x', HTTP_PROXY: '' })).toBeUndefined();
  });

  test('the password in its address is a secret', () => {
    expect(passwordsIn({ http: 'http://u:p%40ss@a:1', https: 'b:2', none: [] })).toEqual(['p@ss']);
  });
});

describe('a raw connection', () => {
  test('goes through the proxy, which learns host, port and its own credential', async () => {
    const echo = await listening(createTcpServer((socket) => void socket.pipe(socket)));
    const asked: string[] = [];
    const proxies = { http: await proxy(echo, asked), https: undefined, none: [] };
    const opened = rawConnections({ ...BOUNDS, proxies });
    closing.push(() => opened.close());
    const reply = await opened.send(new URL('http://gateway.test:18789/v1'), 'caf\xe9', (bytes) => bytes.length === 4);
    expect(reply).toMatchObject({ bytes: 'caf\xe9', end: 'open' });
    const credential = Buffer.from('user:kit-Password-9c').toString('base64');
    expect(asked).toEqual([`gateway.test:18789 Basic ${credential}`]);
  });

  test.each([
    ['refuses', 'HTTP/1.1 407 Proxy Authentication Required\r\n\r\n', '407'],
    ['is no proxy', 'SSH-2.0-OpenSSH\r\n\r\n', 'no HTTP'],
    ['never ends its answer', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(4000)}`, 'an answer without an end'],
    ['says nothing', '', 'no answer within 50 ms'],
    ['stops in the middle', 'HTTP/1.1 200 Conn', 'no answer within 50 ms'],
  ])('fails in one line when the proxy %s', async (_, answer, got) => {
    const port = await listening(createTcpServer((socket) => void socket.on('error', () => undefined).write(answer)));
    const opened = tunnel(new URL(`http://127.0.0.1:${port}`), new URL('http://gateway.test'), 50);
    await expect(opened).rejects.toThrow(`the proxy gave no tunnel: ${got}`);
  });
});
