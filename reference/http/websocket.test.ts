import { once } from 'node:events';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { deployed, TOKEN } from '../testing/deployed.ts';

// Facts are waited for; how long a loaded machine takes is no fact.
vi.setConfig({ testTimeout: 30_000 });
const PATIENCE = { timeout: 20_000 };

const gateway = deployed();
const base = await gateway.listen();
afterAll(() => gateway.close(0));

type Frame = Record<string, unknown>;

/** A socket and what it was told, oldest first. */
class Caller {
  readonly frames: Frame[] = [];
  readonly socket: WebSocket;
  readonly closed: Promise<number>;

  constructor(address = base, path = '/') {
    this.socket = new WebSocket(`${address.replace('http', 'ws')}${path}`);
    this.socket.on('message', (data: Buffer) => this.frames.push(JSON.parse(data.toString()) as Frame));
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => this.socket.on('close', resolve));
  }

  async frame(at: number): Promise<Frame | undefined> {
    await expect.poll(() => this.frames.length, PATIENCE).toBeGreaterThan(at);
    return this.frames[at];
  }

  async connect(auth: object): Promise<Frame | undefined> {
    await this.frame(0);
    this.send({ type: 'req', id: 'c', method: 'connect', params: { auth } });
    return await this.frame(1);
  }

  send(frame: unknown): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }
}

test.each(['/', '/v1/chat/completions', '/nope'])(
  'an upgrade on %s is challenged before anything else',
  async (path) => {
    const caller = new Caller(base, path);
    expect(await caller.frame(0)).toEqual({
      type: 'event',
      event: 'connect.challenge',
      payload: { nonce: expect.stringMatching(/^[0-9a-f-]{36}$/), ts: expect.any(Number) },
    });
    caller.socket.close();
  },
);

test('the credential of the gateway connects, then health answers and other methods do not', async () => {
  const caller = new Caller();
  expect(await caller.connect({ token: TOKEN })).toMatchObject({ id: 'c', ok: true, payload: { type: 'hello-ok' } });
  caller.send({ type: 'req', id: 'h', method: 'health' });
  expect(await caller.frame(2)).toEqual({
    type: 'res',
    id: 'h',
    ok: true,
    payload: { ok: true, ts: expect.any(Number) },
  });
  caller.send({ type: 'req', id: 'x', method: 'agents.list' });
  expect(await caller.frame(3)).toMatchObject({
    id: 'x',
    ok: false,
    error: { message: 'unknown method: agents.list' },
  });
  expect((await fetch(base)).status).toBe(404);
  caller.socket.close();
});

test.each([{ token: 'wrong' }, { password: TOKEN }, {}, { token: 7 }])(
  '%o is refused and the socket closed',
  async (auth) => {
    const caller = new Caller();
    expect(await caller.connect(auth)).toEqual({
      type: 'res',
      id: 'c',
      ok: false,
      error: { code: 'UNAUTHORIZED', message: 'Unauthorized' },
    });
    expect(await caller.closed).toBe(1008);
  },
);

test('in mode none nobody is asked for anything', async () => {
  const open = deployed({}, 'none');
  const caller = new Caller(await open.listen());
  expect(await caller.connect({})).toMatchObject({ ok: true });
  await open.close();
  expect(await caller.closed).toBe(1001);
});

describe('frames that are none', () => {
  test.each(['hello', '{', 'null', '[]', '{"type":"req"}', '{"type":"req","id":1,"method":"health"}'])(
    '%s is an error and the end',
    async (frame) => {
      const caller = new Caller();
      await caller.frame(0);
      caller.send(frame);
      expect(await caller.frame(1)).toMatchObject({ id: null, ok: false, error: { code: 'INVALID_REQUEST' } });
      expect(await caller.closed).toBe(1008);
    },
  );

  test('a method before connect is an error and the end', async () => {
    const caller = new Caller();
    await caller.frame(0);
    caller.send({ type: 'req', id: 'h', method: 'health' });
    expect(await caller.frame(1)).toMatchObject({ id: 'h', ok: false });
    expect(await caller.closed).toBe(1008);
  });

  test('a frame that is too large ends the socket and nothing else', async () => {
    const caller = new Caller();
    await caller.frame(0);
    caller.send('x'.repeat(1024 * 1024));
    expect([1006, 1009]).toContain(await caller.closed);
    expect((await fetch(base)).status).toBe(404);
  });
});

test('a call that offers another protocol is still a call', async () => {
  const { request } = await import('node:http');
  const call = request(`${base}/v1/chat/completions`, { headers: { Connection: 'Upgrade', Upgrade: 'h2c' } }).end();
  const [response] = (await once(call, 'response')) as [{ statusCode: number; resume(): void }];
  response.resume();
  expect(response.statusCode).toBe(405);
});
