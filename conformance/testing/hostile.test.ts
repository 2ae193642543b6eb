/** Hostile gateways. The suite runs in its own process; the tests check its peak memory and its output. */
import { spawn } from 'node:child_process';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';

const SECRET = 'kit-Token-5f8e21c7d09b4a36';
const MiB = 1024 * 1024;
/** Resident, in MiB. */
const MOST = 400;
const PEAK = 'data:text/javascript,process.on("exit",()=>console.error("peak",process.resourceUsage().maxRSS))';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

async function listening(server: Server): Promise<string> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => open.add(socket.on('error', () => {})));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** Passes what is looked at before anything is judged, and means harm from then on. */
const later = (answer: Answer): Promise<string> =>
  listening(
    createHttpServer((request, response) => {
      let body = '';
      request.on('data', (piece) => (body += String(piece)));
      request.on('end', () => {
        if (body.length > 100 || !body.includes('"messages":[]')) return answer(response, request);
        response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"message":"no","type":"x"}}');
      });
    }),
  );

const tcp = (answer: (socket: Socket) => void): Promise<string> => listening(createServer(answer));

/** Writes the same piece as fast as it is taken. */
function endlessly(to: ServerResponse | Socket, piece: string | Buffer): void {
  const write = (): void => {
    while (!to.destroyed && to.write(piece));
  };
  to.on('drain', write).on('error', () => {});
  write();
}

const headed =
  (headers: Record<string, string>, then: (response: ServerResponse) => void): Answer =>
  (response) =>
    then(response.writeHead(200, headers));

const JSON_TYPE = { 'content-type': 'application/json' };
const STREAM = { 'content-type': 'text/event-stream' };
/** 64 MiB of blanks in 64 kB. */
const BOMB = gzipSync(Buffer.alloc(64 * MiB, ' '));
/** Members of gzip that hold nothing: endless as received, empty as decoded. */
const HOLLOW = Buffer.concat(Array.from({ length: 3000 }, () => gzipSync('')));
const FRAMES =
  `data: ${JSON.stringify({ object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content: 'x' } }] })}\n\n`.repeat(
    100,
  );

interface Ran {
  readonly code: number | null;
  readonly text: string;
  readonly peakMiB: number;
  readonly seconds: number;
}

/** Bounds as options, so small that the test is quick. */
const BOUNDS = ['--timeout', '1000', '--max-bytes', '500000', '--max-frames', '2000', '--deadline', '15'];

async function run(url: string, options: readonly string[] = BOUNDS): Promise<Ran> {
  const script = fileURLToPath(new URL('../../scripts/conformance.ts', import.meta.url));
  const argv = ['--import', PEAK, script, '--base-url', url, '--profile', 'core', ...options];
  const began = performance.now();
  const child = spawn(process.execPath, argv, {
    env: { OPENCLAW_GATEWAY_TOKEN: SECRET },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  closing.push(() => child.kill('SIGKILL'));
  let text = '';
  child.stdout.on('data', (piece) => (text += String(piece)));
  child.stderr.on('data', (piece) => (text += String(piece)));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const peakMiB = Number(/^peak (\d+)$/m.exec(text)?.[1]) / 1024;
  return { code, text, peakMiB, seconds: (performance.now() - began) / 1000 };
}

function expectOrder(ran: Ran, seconds: number): void {
  expect(ran.peakMiB).toBeLessThan(MOST);
  expect(ran.seconds).toBeLessThan(seconds);
  expect(ran.text).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  expect(ran.text).not.toContain(SECRET);
}

describe('from the first request on, one line names the bound, and the exit code is 3', { timeout: 60_000 }, () => {
  test.each<[string, () => Promise<string>, string]>([
    [
      'reads and never answers',
      () => tcp((socket) => void socket.resume()),
      'got no answer within 1000 ms (--timeout)',
    ],
    ['never reads', () => tcp((socket) => void socket.pause()), 'got no answer within 1000 ms (--timeout)'],
    [
      'says nothing in TLS',
      async () => (await tcp((socket) => void socket.resume())).replace('http:', 'https:'),
      'got no answer within 1000 ms (--timeout)',
    ],
    [
      'drips a byte of the headers in 20 s',
      () => tcp((socket) => void socket.on('data', () => socket.write('H'))),
      'got no answer within 1000 ms (--timeout)',
    ],
    [
      'never ends its headers',
      () =>
        tcp((socket) =>
          socket.once(
            'data',
            () => (socket.write('HTTP/1.1 200 OK\r\n'), endlessly(socket, `x-a: ${'b'.repeat(1000)}\r\n`)),
          ),
        ),
      'the headers of the answer are longer than fetch takes',
    ],
    [
      'answers garbage',
      () => tcp((socket) => socket.once('data', () => socket.end('\u0000\u0001 garbage\r\n\r\n'))),
      'expected an HTTP answer, got something else',
    ],
    [
      'resets in the middle of the body',
      () =>
        tcp((socket) =>
          socket.once('data', () =>
            socket.write('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf', () =>
              setTimeout(() => socket.resetAndDestroy(), 20),
            ),
          ),
        ),
      'got a closed connection',
    ],
    [
      'never ends its body',
      () =>
        tcp((socket) =>
          socket.once('data', () => (socket.write('HTTP/1.1 200 OK\r\n\r\n'), endlessly(socket, 'x'.repeat(65_536)))),
        ),
      'got more than 500000 bytes (--max-bytes)',
    ],
    [
      'sends a gzip bomb',
      () =>
        listening(
          createHttpServer((_, response) =>
            response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }).end(BOMB),
          ),
        ),
      'got more than 500000 bytes when decoded (--max-bytes)',
    ],
    [
      'sends compressed nothing without end',
      () =>
        listening(
          createHttpServer((_, response) =>
            endlessly(response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }), HOLLOW),
          ),
        ),
      'got more than 500000 bytes (--max-bytes)',
    ],
    [
      'never ends its stream',
      () => listening(createHttpServer((_, response) => endlessly(response.writeHead(200, STREAM), FRAMES))),
      'got more than 2000 frames (--max-frames)',
    ],
  ])('a gateway that %s is judged within its limits', async (_what, start, expected) => {
    const ran = await run(await start());
    expect(ran.text).toContain(expected);
    expect(ran.text).toMatch(/^Failed to judge [^\n]+\npeak \d+\n$/);
    expect(ran.code).toBe(3);
    expectOrder(ran, 10);
  });
});

describe('in the middle of a run, the run ends in order and its report names the bound', { timeout: 120_000 }, () => {
  test.each<[string, Answer, string]>([
    ['hangs', () => {}, 'no answer within 1000 ms (--timeout)'],
    [
      'drips a byte in 20 s',
      headed(JSON_TYPE, (response) => void response.write('{')),
      'no end of the answer within 1000 ms (--timeout)',
    ],
    [
      'never ends its body',
      headed(JSON_TYPE, (response) => endlessly(response, 'x'.repeat(65_536))),
      'more than 500000 bytes (--max-bytes)',
    ],
    [
      'never ends a frame',
      headed(STREAM, (response) => endlessly(response, 'x'.repeat(65_536))),
      'more than 500000 bytes (--max-bytes)',
    ],
    [
      'never ends its stream',
      headed(STREAM, (response) => endlessly(response, FRAMES)),
      'more than 2000 frames (--max-frames)',
    ],
    [
      'sends empty lines',
      headed(STREAM, (response) => endlessly(response, '\n'.repeat(65_536))),
      'more than 2000 frames (--max-frames)',
    ],
    [
      'sends gzip bombs',
      headed({ ...JSON_TYPE, 'content-encoding': 'gzip' }, (response) => void response.end(BOMB)),
      'when decoded (--max-bytes)',
    ],
    [
      'streams gzip bombs',
      headed({ ...STREAM, 'content-encoding': 'gzip' }, (response) => void response.end(BOMB)),
      'when decoded (--max-bytes)',
    ],
    [
      'resets in the middle',
      (response) => void response.writeHead(200, JSON_TYPE).write('half', () => response.socket?.resetAndDestroy()),
      'the connection broke',
    ],
  ])('a gateway that %s', async (_what, answer, expected) => {
    const ran = await run(await later(answer));
    expect(ran.text).toContain(expected);
    expect([1, 3]).toContain(ran.code);
    expectOrder(ran, 20);
  });
});
