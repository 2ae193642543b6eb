import type { IncomingMessage } from 'node:http';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gateway } from '../gateway.ts';
import { deployed, optionsOf, PATH, saying } from '../testing/deployed.ts';
import { Proxies, userOf } from './proxies.ts';

const from = (remoteAddress: string, headers: IncomingMessage['headers'] = {}): IncomingMessage =>
  ({ headers, socket: { remoteAddress } }) as unknown as IncomingMessage;
const trusting = (proxies: string[], realIp = false): Proxies => new Proxies({ proxies, realIp });

describe('the way of a request', () => {
  const own = trusting(['127.0.0.1', '10.0.0.0/8']);

  test.each([
    ['127.0.0.1', {}, 'direct'],
    ['192.0.2.1', {}, 'direct'],
    ['192.0.2.1', { 'x-forwarded-for': '203.0.113.9' }, 'unknown'],
    ['127.0.0.1', { 'x-forwarded-for': '203.0.113.9' }, 'proxy'],
    ['::ffff:127.0.0.1', { 'x-forwarded-for': '203.0.113.9:443' }, 'proxy'],
    ['10.9.9.9', { 'x-forwarded-for': '[2001:db8::1]:443' }, 'proxy'],
    ['10.9.9.9', {}, 'unknown'],
    ['127.0.0.1', { 'x-forwarded-for': '203.0.113.9, 10.1.2.3, 127.0.0.1' }, 'proxy'],
    ['127.0.0.1', { 'x-forwarded-for': '10.1.2.3' }, 'unknown'],
    ['127.0.0.1', { 'x-forwarded-for': 'unknown' }, 'unknown'],
    ['127.0.0.1', { 'x-forwarded-for': '127.0.0.2' }, 'unknown'],
    ['127.0.0.1', { 'x-forwarded-prefix': '/x' }, 'unknown'],
    ['127.0.0.1', { 'x-real-ip': '203.0.113.9' }, 'unknown'],
    ['127.0.0.1', { forwarded: 'for=203.0.113.9' }, 'unknown'],
    ['127.0.0.1', { 'tailscale-user-login': 'nick@example.com' }, 'unknown'],
  ])('from %s with %j is %s', (address, headers, way) => {
    expect(own.wayOf(from(address, headers))).toBe(way);
  });

  test('without a trusted proxy all that was passed on is unknown', () => {
    const none = trusting([]);
    expect(none.wayOf(from('127.0.0.1', { 'x-forwarded-for': '203.0.113.9' }))).toBe('unknown');
    expect(none.wayOf(from('203.0.113.9'))).toBe('direct');
  });

  test('X-Real-IP names the client where the configuration says so, and X-Forwarded-For does not', () => {
    const real = trusting(['127.0.0.1'], true);
    const way = (headers: Record<string, string>): string => real.wayOf(from('127.0.0.1', headers));
    expect(way({ 'x-real-ip': '203.0.113.9' })).toBe('proxy');
    expect(way({ 'x-real-ip': '127.0.0.1' })).toBe('unknown');
    expect(way({ 'x-real-ip': '127.0.0.1', 'x-forwarded-for': '203.0.113.9' })).toBe('proxy');
  });
});

test.each([
  ['10.0.0.0/8', '10.255.0.1', true],
  ['10.0.0.0/8', '::ffff:10.1.2.3', true],
  ['::ffff:10.0.0.0/104', '10.1.2.3', true],
  ['::ffff:10.0.0.0/104', '11.1.2.3', false],
  ['2001:db8::/32', '2001:db8:1::1', true],
  ['0.0.0.0/0', '2001:db8::1', false],
  ['192.0.2.1', '192.0.2.2', false],
  ['192.0.2.1', 'nonsense', false],
])('%s trusts %s: %s', (proxy, address, trusted) => {
  expect(trusting([proxy]).trusts(address)).toBe(trusted);
});

test.each(['proxy.example', '10.0.0.0/33', '10.0.0.0/x', '::ffff:10.0.0.0/95'])(
  '%s is refused in one line',
  (proxy) => {
    expect(() => trusting([proxy])).toThrow(
      `Failed to read gateway.trustedProxies: expected addresses or networks like 10.0.0.0/8, got "${proxy}". Mend that entry.`,
    );
  },
);

test('a proxy that has an address of this machine is not believed, except on loopback with consent', () => {
  const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  const address = own.find(({ internal, family }) => !internal && family === 'IPv4')?.address;
  const identity = { userHeader: 'x-user', requiredHeaders: [], allowUsers: [], allowLoopback: true };
  const user = (at: string, more = {}): string | undefined =>
    userOf(from(at, { 'x-user': ' nick ' }), trusting(['0.0.0.0/0']), { ...identity, ...more });
  expect(user('192.0.2.1')).toBe('nick');
  expect(user('127.0.0.1')).toBe('nick');
  expect(user('127.0.0.1', { allowLoopback: false })).toBeUndefined();
  if (address !== undefined) expect(user(address)).toBeUndefined();
});

const NICK = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https', 'x-forwarded-user': 'nick@example.com' };
const PASSWORD = { authorization: 'Bearer kit-Password-1d6c93e8' };
const { 'x-forwarded-for': _for, ...UNPLACED } = NICK;
const { 'x-forwarded-user': _user, ...NAMELESS } = NICK;
const { 'x-forwarded-proto': _proto, ...INSECURE } = NICK;

// Status in 2026.9.6, in 2026.7.1, and, of a proxy on this machine without consent, in 2026.9.6.
describe('mode trusted-proxy', () => {
  const gateways: Gateway[] = [];
  const urls: string[] = [];
  beforeAll(async () => {
    for (const [edition, name] of [
      ['2026.9.6', 'proxy'],
      ['2026.7.1', 'proxy'],
      ['2026.9.6', 'proxy-strict'],
    ] as const)
      gateways.push(deployed(optionsOf(name, { edition })));
    for (const gateway of gateways) urls.push(await gateway.listen());
  });
  afterAll(() => Promise.all(gateways.map((gateway) => gateway.close(0))));

  const call = (url: string, headers: object, body = saying('hi')): Promise<Response> =>
    fetch(url + PATH, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });

  test.each<[string, object, number[]]>([
    ['a user', NICK, [200, 200, 401]],
    ['no user', NAMELESS, [401, 401, 401]],
    ['a blank user', { ...NICK, 'x-forwarded-user': ' ' }, [401, 401, 401]],
    ['another user', { ...NICK, 'x-forwarded-user': 'eve@example.com' }, [401, 401, 401]],
    ['the user in capitals', { ...NICK, 'x-forwarded-user': 'Nick@Example.com' }, [401, 401, 401]],
    ['no required header', INSECURE, [401, 401, 401]],
    ['a blank required header', { ...NICK, 'x-forwarded-proto': '' }, [401, 401, 401]],
    ['a user from nowhere', UNPLACED, [403, 200, 403]],
    ['a user from loopback', { ...NICK, 'x-forwarded-for': '127.0.0.1' }, [403, 200, 403]],
    ['a user from nonsense', { ...NICK, 'x-forwarded-for': 'nonsense' }, [403, 200, 403]],
    ['X-Real-IP alone', { ...UNPLACED, 'x-real-ip': '203.0.113.9' }, [403, 200, 403]],
    ['nothing', {}, [401, 401, 401]],
    ['the password', PASSWORD, [200, 200, 200]],
    ['a wrong password', { authorization: 'Bearer x' }, [401, 401, 401]],
    ['the password and X-Forwarded-For', { ...PASSWORD, 'x-forwarded-for': '203.0.113.9' }, [401, 401, 401]],
    ['the password and Forwarded', { ...PASSWORD, forwarded: 'for=203.0.113.9' }, [403, 401, 403]],
    ['the password and X-Real-IP', { ...PASSWORD, 'x-real-ip': '203.0.113.9' }, [403, 401, 403]],
    ['the password and a user', { ...PASSWORD, ...NICK }, [200, 200, 401]],
    ['the password and few scopes', { ...PASSWORD, 'x-openclaw-scopes': 'operator.read' }, [200, 200, 200]],
    ['a user and few scopes', { ...NICK, 'x-openclaw-scopes': 'operator.read' }, [403, 403, 401]],
    ['a user and no scopes', { ...NICK, 'x-openclaw-scopes': '' }, [403, 403, 401]],
    ['a user and enough scopes', { ...NICK, 'x-openclaw-scopes': 'operator.write' }, [200, 200, 401]],
    ['a page', { ...NICK, origin: 'https://app.example' }, [401, 401, 401]],
    ['a page of this machine', { ...NICK, origin: 'http://127.0.0.1:5173' }, [401, 401, 401]],
    ['a page that may call', { ...NICK, origin: 'https://kit.example' }, [200, 200, 401]],
  ])('with %s', async (_, headers, statuses) => {
    expect(await Promise.all(urls.map(async (url) => (await call(url, headers)).status))).toEqual(statuses);
  });

  test('a user who may write and no more cannot choose the model', async () => {
    const choosing = { ...NICK, 'x-openclaw-model': 'model-beta' };
    const status = async (headers: object): Promise<number> => (await call(urls[0]!, headers)).status;
    expect(await status({ ...choosing, 'x-openclaw-scopes': 'operator.write' })).toBe(403);
    expect(await status(choosing)).toBe(200);
  });

  test('every answer says Strict-Transport-Security as configured, errors too', async () => {
    for (const headers of [NICK, {}])
      expect((await call(urls[0]!, headers)).headers.get('strict-transport-security')).toBe('max-age=300');
    expect((await call(urls[2]!, NICK)).headers.get('strict-transport-security')).toBeNull();
  });

  test('of its health a stranger behind the proxy learns that it is ready, and a user all', async () => {
    const keys = async (path: string, headers: object): Promise<string[]> =>
      Object.keys((await (await fetch(urls[0]! + path, { headers: { ...headers } })).json()) as object);
    expect(await keys('/readyz', NAMELESS)).toEqual(['ready']);
    expect(await keys('/startupz', NAMELESS)).toEqual(['ok', 'status']);
    expect(await keys('/readyz', NICK)).toContain('uptimeMs');
    expect(await keys('/readyz', {})).toContain('uptimeMs');
  });

  test('without a password nothing but the proxy is let in, by WebSocket as by HTTP', async () => {
    const { auth, ...options } = optionsOf('proxy');
    if (auth.mode !== 'trusted-proxy') throw new Error('another mode');
    const gateway = deployed({ ...options, auth: { mode: auth.mode, identity: auth.identity } });
    const url = await gateway.listen();
    try {
      expect((await call(url, { authorization: 'Bearer ' })).status).toBe(401);
      expect(await connected(url, {})).toBe(false);
      expect(await connected(url, NICK)).toBe(true);
    } finally {
      await gateway.close(0);
    }
  });
});

/** Whether a WebSocket is let in. */
async function connected(url: string, headers: Record<string, string>): Promise<boolean> {
  const { WebSocket } = await import('ws');
  const socket = new WebSocket(url.replace('http', 'ws'), { headers });
  return await new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as { type: string; ok?: boolean };
      if (frame.type === 'event')
        socket.send(JSON.stringify({ type: 'req', id: '1', method: 'connect', params: { auth: { password: '' } } }));
      else {
        resolve(frame.ok === true);
        socket.close();
      }
    });
  });
}
