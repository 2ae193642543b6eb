import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { deployed, PATH, saying, TOKEN } from '../testing/deployed.ts';

// Tests wait for conditions; the time that a loaded machine takes is no condition.

const gateway = deployed({ limits: { headersMs: 400, requestMs: 800, connections: 4 } });
const { port, hostname } = new URL(await gateway.listen());
const sockets = new Set<Socket>();
afterEach(() => sockets.forEach((socket) => socket.destroy()));
const usual = deployed();
const usualPort = Number(new URL(await usual.listen()).port);
afterAll(() => Promise.all([gateway.close(0), usual.close(0)]));

interface Connection {
  readonly socket: Socket;
  readonly received: () => string;
  readonly closed: Promise<void>;
}

async function connected(to = Number(port)): Promise<Connection> {
  const socket = connect(to, hostname).setNoDelay();
  sockets.add(socket);
  let text = '';
  socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  const closed = new Promise<void>((resolve) => void socket.on('error', () => undefined).on('close', () => resolve()));
  await Promise.race([once(socket, 'connect'), closed]);
  return { socket, received: () => text, closed };
}

/** Sends a text one character at a time, until all is sent or the connection is closed. */
async function trickle({ socket, closed }: Connection, text: string, everyMs: number): Promise<void> {
  let over = false;
  void closed.then(() => (over = true));
  for (let at = 0; at < text.length && !over; at++) {
    socket.write(text.charAt(at));
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

const refused = (status: string, message: string): RegExp =>
  new RegExp(
    `^HTTP/1\\.1 ${status}\\r\\n[^]*Connection: close\\r\\n\\r\\n` +
      `\\{"error":\\{"message":"${message}","type":"invalid_request_error"\\}\\}$`,
  );
const LATE = refused('408 Request Timeout', 'The request did not arrive in time\\.');
const head = (length: number | string, more = ''): string =>
  `POST ${PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n${more}Content-Length: ${length}\r\n\r\n`;

test.each([
  ['headers that never end', `GET / HTTP/1.1\r\nX-Long: ${'a'.repeat(1_000)}`],
  ['a body that never ends', `${head(2_000)}${' '.repeat(1_000)}`],
  ['a silent connection', ''],
])('%s: refused with 408 and closed', async (_name, text) => {
  const slow = await connected();
  await trickle(slow, text, 20);
  await slow.closed;
  expect(slow.received()).toMatch(LATE);
});

test('a body that arrives slowly, but in time, is answered', async () => {
  const slow = await connected(usualPort);
  const body = saying('play:one-word');
  slow.socket.write(head(Buffer.byteLength(body), 'Connection: close\r\n'));
  await trickle(slow, body, 10);
  await slow.closed;
  expect(slow.received()).toContain('"content":"Hello"');
});

const LARGE = refused('431 Request Header Fields Too Large', 'The request line and the headers are too large\\.');
test.each([
  ['a flood of headers', `GET / HTTP/1.1\r\n${'X-Many: 1\r\n'.repeat(2_000)}`, LARGE],
  ['an endless header', `GET / HTTP/1.1\r\nX-Long: ${'a'.repeat(20_000)}`, LARGE],
  ['an endless URL', `GET /${'a'.repeat(20_000)}`, LARGE],
  [
    'a request that is no HTTP',
    'hello?\r\n\r\n',
    refused('400 Bad Request', 'The request is not HTTP that can be read\\.'),
  ],
  [
    'a flood of chunk extensions',
    `POST ${PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nTransfer-Encoding: chunked\r\n\r\n` +
      `2;${'x=y;'.repeat(10_000)}\r\n{}\r\n`,
    refused('413 Payload Too Large', 'Request body is too large\\.'),
  ],
])('%s: refused in the error envelope', async (_name, text, answer) => {
  const one = await connected();
  one.socket.write(text);
  await one.closed;
  expect(one.received()).toMatch(answer);
});

test('a malformed request during a stream ends the stream, and no error is written into it', async () => {
  const one = await connected();
  const body = saying('play:speak-then-hang', { stream: true });
  one.socket.write(head(Buffer.byteLength(body)) + body);
  await vi.waitFor(() => expect(one.received()).toContain('"content"'), { timeout: 20_000 });
  one.socket.write('hello?\r\n\r\n');
  await one.closed;
  expect(one.received().match(/HTTP\/1\.1/g)).toHaveLength(1);
});

test('a connection over the limit is closed at once; when another one closes, the next is accepted', async () => {
  const all = await Promise.all([connected(), connected(), connected(), connected()]);
  const fifth = await connected();
  await fifth.closed;
  expect(fifth.received()).toBe('');
  all[0]?.socket.destroy();
  await vi.waitFor(
    async () => {
      const next = await connected();
      next.socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      await next.closed;
      expect(next.received()).toContain('404');
    },
    { timeout: 20_000 },
  );
});
