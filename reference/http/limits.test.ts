import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { deployed, PATH, saying, TOKEN } from '../testing/deployed.ts';

// Facts are waited for; how long a loaded machine takes is no fact.
vi.setConfig({ testTimeout: 30_000 });

const gateway = deployed({ limits: { headersMs: 400, requestMs: 800, connections: 4 } });
const { port, hostname } = new URL(await gateway.listen());
const sockets = new Set<Socket>();
afterEach(() => sockets.forEach((socket) => socket.destroy()));
const usual = deployed();
const usualPort = Number(new URL(await usual.listen()).port);
afterAll(() => Promise.all([gateway.close(0), usual.close(0)]));

interface Line {
  readonly socket: Socket;
  readonly said: () => string;
  readonly closed: Promise<void>;
}

async function line(to = Number(port)): Promise<Line> {
  const socket = connect(to, hostname).setNoDelay();
  sockets.add(socket);
  let said = '';
  socket.setEncoding('utf8').on('data', (piece: string) => (said += piece));
  const closed = new Promise<void>((resolve) => void socket.on('error', () => undefined).on('close', () => resolve()));
  await Promise.race([once(socket, 'connect'), closed]);
  return { socket, said: () => said, closed };
}

/** Says something a few bytes at a time, until all is said or nobody listens any more. */
async function trickle({ socket, closed }: Line, text: string, everyMs: number): Promise<void> {
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
])('%s: cut, and told why', async (_name, text) => {
  const slow = await line();
  await trickle(slow, text, 20);
  await slow.closed;
  expect(slow.said()).toMatch(LATE);
});

test('a body that comes slowly, but in time, is answered', async () => {
  const slow = await line(usualPort);
  const body = saying('play:one-word');
  slow.socket.write(head(Buffer.byteLength(body), 'Connection: close\r\n'));
  await trickle(slow, body, 10);
  await slow.closed;
  expect(slow.said()).toContain('"content":"Hello"');
});

const LARGE = refused('431 Request Header Fields Too Large', 'The request line and the headers are too large\\.');
test.each([
  ['a flood of headers', `GET / HTTP/1.1\r\n${'X-Many: 1\r\n'.repeat(2_000)}`, LARGE],
  ['an endless header', `GET / HTTP/1.1\r\nX-Long: ${'a'.repeat(20_000)}`, LARGE],
  ['an endless URL', `GET /${'a'.repeat(20_000)}`, LARGE],
  ['no HTTP', 'hello?\r\n\r\n', refused('400 Bad Request', 'The request is not HTTP that can be read\\.')],
  [
    'a flood of chunk extensions',
    `POST ${PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nTransfer-Encoding: chunked\r\n\r\n` +
      `2;${'x=y;'.repeat(10_000)}\r\n{}\r\n`,
    refused('413 Payload Too Large', 'Request body is too large\\.'),
  ],
])('%s: refused in the envelope', async (_name, text, answer) => {
  const one = await line();
  one.socket.write(text);
  await one.closed;
  expect(one.said()).toMatch(answer);
});

test('nonsense in the middle of a stream ends it, and gets nothing into it', async () => {
  const one = await line();
  const body = saying('play:speak-then-hang', { stream: true });
  one.socket.write(head(Buffer.byteLength(body)) + body);
  await vi.waitFor(() => expect(one.said()).toContain('"content"'), { timeout: 20_000 });
  one.socket.write('hello?\r\n\r\n');
  await one.closed;
  expect(one.said().match(/HTTP\/1\.1/g)).toHaveLength(1);
});

test('a connection too many is hung up on; when one has gone there is room again', async () => {
  const all = await Promise.all([line(), line(), line(), line()]);
  const fifth = await line();
  await fifth.closed;
  expect(fifth.said()).toBe('');
  all[0]?.socket.destroy();
  await vi.waitFor(
    async () => {
      const next = await line();
      next.socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      await next.closed;
      expect(next.said()).toContain('404');
    },
    { timeout: 20_000 },
  );
});
