import { once } from 'node:events';
import { afterAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { deployed, TOKEN } from '../testing/deployed.ts';

// Tests wait for conditions; the time that a loaded machine takes is no condition.
const PATIENCE = { timeout: 20_000 };

const gateway = deployed();
const base = await gateway.listen();
afterAll(() => gateway.close(0));

type Frame = Record<string, unknown>;

/** A WebSocket client and the frames that it received, oldest first. */
class Client {
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
    const client = new Client(base, path);
    expect(await client.frame(0)).toEqual({
      type: 'event',
      event: 'connect.challenge',
      payload: {
        nonce: expect.stringMatching(/^[0-9a-f-]{36}$/),
        ts: expect.any(Number),
        capabilities: ['model-catalog-snapshot'],
      },
    });
    client.socket.close();
  },
);

test('editions before 2026.8.1 name no capabilities', async () => {
  const old = deployed({ port: 0, edition: '2026.7.1' });
  try {
    const client = new Client((await old.listen()).replace('http', 'ws'));
    expect(await client.frame(0)).toMatchObject({ payload: { nonce: expect.any(String), ts: expect.any(Number) } });
    expect(await client.frame(0)).not.toHaveProperty('payload.capabilities');
    client.socket.close();
  } finally {
    await old.close(0);
  }
});

test('the credential of the gateway connects, then health answers and other methods do not', async () => {
  const client = new Client();
  expect(await client.connect({ token: TOKEN })).toMatchObject({ id: 'c', ok: true, payload: { type: 'hello-ok' } });
  client.send({ type: 'req', id: 'h', method: 'health' });
  expect(await client.frame(2)).toEqual({
    type: 'res',
    id: 'h',
    ok: true,
    payload: { ok: true, ts: expect.any(Number) },
  });
  client.send({ type: 'req', id: 'x', method: 'agents.list' });
  expect(await client.frame(3)).toMatchObject({
    id: 'x',
    ok: false,
    error: { message: 'unknown method: agents.list' },
  });
  expect((await fetch(base)).status).toBe(404);
  client.socket.close();
});

test.each([{ token: 'wrong' }, { password: TOKEN }, {}, { token: 7 }])(
  '%o is refused and the socket closed',
  async (auth) => {
    const client = new Client();
    expect(await client.connect(auth)).toEqual({
      type: 'res',
      id: 'c',
      ok: false,
      error: { code: 'UNAUTHORIZED', message: 'Unauthorized' },
    });
    expect(await client.closed).toBe(1008);
  },
);

test('in mode none a client connects without a credential', async () => {
  const open = deployed({}, 'none');
  const client = new Client(await open.listen());
  expect(await client.connect({})).toMatchObject({ ok: true });
  await open.close();
  expect(await client.closed).toBe(1001);
});

describe('invalid frames', () => {
  test.each(['hello', '{', 'null', '[]', '{"type":"req"}', '{"type":"req","id":1,"method":"health"}'])(
    '%s is answered with an error, and the socket is closed',
    async (frame) => {
      const client = new Client();
      await client.frame(0);
      client.send(frame);
      expect(await client.frame(1)).toMatchObject({ id: null, ok: false, error: { code: 'INVALID_REQUEST' } });
      expect(await client.closed).toBe(1008);
    },
  );

  test('a method before connect is answered with an error, and the socket is closed', async () => {
    const client = new Client();
    await client.frame(0);
    client.send({ type: 'req', id: 'h', method: 'health' });
    expect(await client.frame(1)).toMatchObject({ id: 'h', ok: false });
    expect(await client.closed).toBe(1008);
  });

  test('a frame that is too large closes its socket, and the gateway keeps serving', async () => {
    const client = new Client();
    await client.frame(0);
    client.send('x'.repeat(1024 * 1024));
    expect([1006, 1009]).toContain(await client.closed);
    expect((await fetch(base)).status).toBe(404);
  });
});

test('a request that offers another protocol is answered as a request', async () => {
  const { request } = await import('node:http');
  const call = request(`${base}/v1/chat/completions`, { headers: { Connection: 'Upgrade', Upgrade: 'h2c' } }).end();
  const [response] = (await once(call, 'response')) as [{ statusCode: number; resume(): void }];
  response.resume();
  expect(response.statusCode).toBe(405);
});
