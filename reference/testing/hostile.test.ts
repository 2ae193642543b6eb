/**
 * Ten thousand generated requests: methods, paths, headers, bodies, raw bytes, frames. Whatever comes, the gateway
 * answers or hangs up; it never answers with 5xx, never dies, and keeps nothing.
 */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { Journal } from '../journal/journal.ts';
import { oddCall, sent } from '../soak/odd-calls.ts';
import { crowd } from '../soak/part.ts';
import { random } from '../soak/random.ts';
import { deployed, PATH, TOKEN } from './deployed.ts';
import { liveBytes } from './heap.ts';

const gateway = deployed();
const base = await gateway.listen();
const { port, hostname } = new URL(base);
const HANG_MS = 20_000;
let before = 0;

beforeAll(async () => {
  await fetch(base);
  before = await liveBytes();
});

afterAll(async () => {
  await gateway.close(0);
});

const line = fc.string({ unit: 'grapheme-ascii', maxLength: 40 });
const bytes = fc.oneof(line, fc.string({ unit: 'binary', maxLength: 40 }));

/** Mostly the one, so that requests get past the first decision; else anything. */
function mostly<T>(likely: fc.Arbitrary<T>, ...others: fc.Arbitrary<T>[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 12, arbitrary: likely }, ...others);
}

const junk: fc.Arbitrary<unknown> = fc.jsonValue({ maxDepth: 2 });
const said: fc.Arbitrary<unknown> = fc.oneof(bytes, fc.array(fc.record({ type: fc.constant('text'), text: bytes })));
const message: fc.Arbitrary<unknown> = fc.record(
  {
    role: mostly<unknown>(fc.constantFrom('user', 'assistant', 'system', 'tool', ' user '), bytes, junk),
    content: mostly(said, junk),
    tool_calls: junk,
    tool_call_id: junk,
  },
  { requiredKeys: ['role', 'content'] },
);
const body = fc.record(
  {
    model: mostly<unknown>(fc.constantFrom('openclaw', 'openclaw:beta', 'agent:main'), bytes, junk),
    stream: mostly<unknown>(fc.boolean(), junk),
    stream_options: mostly<unknown>(fc.record({ include_usage: fc.boolean() }), junk),
    user: mostly<unknown>(bytes, junk),
    messages: mostly<unknown>(fc.array(message, { minLength: 1, maxLength: 6 }), junk),
  },
  { requiredKeys: ['messages'] },
);
const jsonish = mostly(
  body.map((fields) => JSON.stringify(fields)),
  fc.json({ maxDepth: 4 }),
  fc.string({ unit: 'binary', maxLength: 200 }),
);
const method = mostly(
  fc.constant('POST'),
  fc.constantFrom('GET', 'HEAD', 'PUT', 'OPTIONS', 'DELETE', 'CONNECT', 'TRACE', 'PROPFIND', 'post', 'NOPE', ''),
);
const path = mostly(
  fc.constant(PATH),
  fc.webPath(),
  bytes,
  fc.constantFrom('//', '*', 'http://[', 'http://x:y@z:99999/', `${PATH}?%`, `/..${PATH}`, '/%00', `http://h${PATH}`),
);
const header = fc.tuple(
  mostly(
    fc.constantFrom('x-openclaw-agent-id', 'x-openclaw-session-key', 'content-type', 'content-encoding', 'x-other'),
    fc.constantFrom('transfer-encoding', 'expect', 'upgrade', 'connection', 'authorization', 'host', 'content-length'),
    line,
  ),
  mostly(
    fc.constantFrom('beta', 'main', 'gzip', '100-continue', 'websocket', 'h2c', '[', 'a b', '../x', '\u00e9'),
    bytes,
    fc.constantFrom('chunked', 'upgrade', '-1', '5'),
  ),
);
const authorization = mostly(fc.constant(`Bearer ${TOKEN}`), bytes);

/** Sends bytes, half-closes and waits for the end: an answer, or a connection that is gone. */
async function exchange(raw: string): Promise<string> {
  const socket: Socket = connect(Number(port), hostname);
  let answer = '';
  socket.setEncoding('latin1').on('data', (piece: string) => (answer += piece));
  const closed = new Promise<boolean>((resolve) => socket.on('close', () => resolve(true)));
  socket.on('error', () => undefined);
  const late = setTimeout(() => socket.destroy(new Error('hang')), HANG_MS);
  let hung = false;
  socket.on('error', (error) => (hung ||= error.message === 'hang'));
  socket.end(Buffer.from(raw));
  await closed;
  clearTimeout(late);
  if (hung) throw new Error(`The gateway hangs on ${JSON.stringify(raw)}.`);
  return answer;
}

function noFault(answer: string, raw: string): void {
  const faults = answer.match(/^HTTP\/1\.1 5\d\d/gm);
  expect(faults, raw).toBeNull();
}

test('6,000 requests in HTTP, of any method, path, header and body', async () => {
  const request = fc.record({
    method,
    path,
    authorization,
    headers: fc.array(header, { maxLength: 3 }),
    body: jsonish,
  });
  let count = 0;
  let runs = 0;
  // Many at a time over their own connections, as a hostile network would.
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 40, maxLength: 40 }), async (requests) => {
      await Promise.all(
        requests.map(async (one) => {
          const clean = (text: string): string => text.replace(/[\r\n]/g, '');
          const raw = [
            `${one.method} ${clean(one.path)} HTTP/1.1`,
            'Host: x',
            `Authorization: ${clean(one.authorization)}`,
            ...one.headers.map(([name, value]) => `${clean(name)}: ${clean(value)}`),
            `Content-Length: ${Buffer.byteLength(one.body)}`,
            'Connection: close',
            '',
            one.body,
          ].join('\r\n');
          const answer = await exchange(raw);
          noFault(answer, raw);
          count += 1;
          if (answer.includes(' 200 ')) runs += 1;
        }),
      );
    }),
    { numRuns: 150, endOnFailure: true },
  );
  expect(count).toBe(6_000);
  // Not all of them ended at the first decision.
  expect(runs).toBeGreaterThan(500);
}, 60_000);

test('2,000 connections of bytes that are hardly HTTP', async () => {
  const torn = fc
    .tuple(
      fc.constantFrom(
        `POST ${PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n`,
        'GET / HTTP/1.1\r\n',
        '',
      ),
      bytes,
      jsonish,
    )
    .map(([head, middle, tail]) => `${head}${middle}\r\n\r\n${tail}`);
  await fc.assert(
    fc.asyncProperty(fc.array(torn, { minLength: 40, maxLength: 40 }), async (all) => {
      await Promise.all(all.map(async (raw) => noFault(await exchange(raw), raw)));
    }),
    { numRuns: 50, endOnFailure: true },
  );
}, 60_000);

test('2,000 WebSocket frames', async () => {
  const request = fc.record({
    type: fc.oneof(fc.constant('req'), bytes),
    id: fc.oneof(line, fc.jsonValue({ maxDepth: 1 })),
    method: fc.oneof(fc.constantFrom('connect', 'health', '__proto__'), bytes),
    params: fc.oneof(fc.constant({ auth: { token: TOKEN } }), fc.jsonValue({ maxDepth: 3 })),
  });
  const frame = fc.oneof(
    request.map((one) => JSON.stringify(one)),
    jsonish,
    fc.uint8Array({ maxLength: 60 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { minLength: 20, maxLength: 20 }), async (frames) => {
      const socket = new WebSocket(base.replace('http', 'ws'));
      socket.on('error', () => undefined);
      await once(socket, 'open');
      const closed = new Promise((resolve) => socket.on('close', resolve));
      socket.send(JSON.stringify({ type: 'req', id: '0', method: 'connect', params: { auth: { token: TOKEN } } }));
      for (const one of frames) socket.send(one);
      socket.close();
      await closed;
    }),
    { numRuns: 100, endOnFailure: true },
  );
}, 60_000);

test('300 odd calls with the journal on and 300 with it off: no crash, no 5xx, and no credential is kept', async () => {
  for (const journal of [new Journal(), undefined]) {
    const own = deployed(journal && { journal });
    const at = await own.listen();
    const chance = random(4711);
    const statuses: number[] = [];
    await crowd(300, 10, async () => void statuses.push(await sent(at, oddCall(chance, TOKEN))));
    expect(statuses.filter((status) => status === 0 || status >= 500)).toEqual([]);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(20);
    expect(JSON.stringify(journal?.entries() ?? [])).not.toContain(TOKEN);
    await own.close(0);
  }
}, 60_000);

test('afterwards it answers as before, and has kept next to nothing', async () => {
  const answer = await fetch(`${base}${PATH}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${TOKEN}` },
    body: '{"messages":[{"role":"user","content":"play:one-word"}]}',
  });
  expect(await answer.text()).toContain('"content":"Hello"');
  // What sessions remember is bounded; what is kept beyond them would show in ten thousand requests.
  expect((await liveBytes()) - before).toBeLessThan(32 * 1024 * 1024);
});
