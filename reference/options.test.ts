import { describe, expect, test } from 'vitest';
import { readOptions } from './options.ts';

const TOKEN = { gateway: { auth: { token: 't' } } };
const read = (config: object, env = {}, overrides = {}): ReturnType<typeof readOptions> =>
  readOptions({ config: JSON.stringify(config), env, overrides });

test('the defaults are loopback, OpenClaw’s port, endpoint off, one agent, the newest edition', () => {
  expect(read(TOKEN)).toEqual({
    host: '127.0.0.1',
    port: 18_789,
    auth: { mode: 'token', secret: 't', source: 'gateway.auth.token' },
    rateLimit: { maxAttempts: 10, windowMs: 60_000, lockoutMs: 300_000, exemptLoopback: true },
    enabled: false,
    agents: [{ id: 'main', default: true }],
    edition: '2026.9.6',
  });
});

describe('the secret', () => {
  test.each([
    [
      'the file beats the environment',
      { token: 'a' },
      { OPENCLAW_GATEWAY_TOKEN: 'b' },
      'token',
      'a',
      'gateway.auth.token',
    ],
    ['the environment alone', undefined, { OPENCLAW_GATEWAY_TOKEN: 'b' }, 'token', 'b', 'OPENCLAW_GATEWAY_TOKEN'],
    ['a password alone', undefined, { OPENCLAW_GATEWAY_PASSWORD: 'p' }, 'password', 'p', 'OPENCLAW_GATEWAY_PASSWORD'],
    ['both and no mode', { token: 'a', password: 'p' }, {}, 'password', 'p', 'gateway.auth.password'],
    ['both and a mode', { mode: 'token', token: 'a', password: 'p' }, {}, 'token', 'a', 'gateway.auth.token'],
    [
      'a blank one in the file counts as none',
      { token: ' ' },
      { OPENCLAW_GATEWAY_TOKEN: 'b' },
      'token',
      'b',
      'OPENCLAW_GATEWAY_TOKEN',
    ],
  ])('the secret is chosen by file, environment and mode: %s', (_title, auth, env, mode, secret, source) => {
    expect(read({ gateway: { auth } }, env).auth).toEqual({ mode, secret, source });
  });

  test('without a secret it refuses to start, and names the key and the variable to set', () => {
    expect(() => read({})).toThrow(
      'Failed to start: expected a secret for token mode, got none. Set gateway.auth.token or OPENCLAW_GATEWAY_TOKEN.',
    );
    expect(() => read({ gateway: { auth: { mode: 'password', token: 't' } } })).toThrow('gateway.auth.password');
  });

  test('without a secret only loopback hosts are allowed', () => {
    const none = { gateway: { auth: { mode: 'none' } } };
    expect(read(none).auth).toEqual({ mode: 'none' });
    expect(() => read({ gateway: { ...none.gateway, bind: 'lan' } })).toThrow('which other machines can reach');
    expect(() => read(none, {}, { host: '10.0.0.1' })).toThrow('expected a loopback host');
    expect(() => read(none, {}, { edition: '2026.2.1' })).toThrow('expected an edition from 2026.2.19');
  });
});

test('overrides of host and port take precedence over the configuration', () => {
  const config = { gateway: { ...TOKEN.gateway, bind: 'lan', port: 1 } };
  expect(read(config)).toMatchObject({ host: '0.0.0.0', port: 1 });
  expect(read(config, {}, { host: '127.0.0.1', port: 0 })).toMatchObject({ host: '127.0.0.1', port: 0 });
});

test('a rate limit requires an edition that has one, and its missing keys have defaults', () => {
  const config = { gateway: { auth: { token: 't', rateLimit: { maxAttempts: 3 } } } };
  expect(read(config).rateLimit).toMatchObject({ maxAttempts: 3, windowMs: 60_000 });
  expect(() => read(config, {}, { edition: '2026.2.9' })).toThrow('expected an edition from 2026.2.17');
});

test('agents are a list or a record; the first default counts; models default to agents.defaults', () => {
  const list = [{ id: 'Main' }, { id: 'beta', default: true, model: { primary: 'x/y' } }, { id: 'c', default: true }];
  expect(read({ ...TOKEN, agents: { list, defaults: { model: 'x/z' } } }).agents).toEqual([
    { id: 'main', default: false, model: 'x/z' },
    { id: 'beta', default: true, model: 'x/y' },
    { id: 'c', default: false, model: 'x/z' },
  ]);
  const entries = { main: {}, beta: { default: true } };
  expect(read({ ...TOKEN, agents: { entries } }).agents.map((agent) => agent.default)).toEqual([false, true]);
});

test('unknown keys are ignored', () => {
  expect(() => read({ ...TOKEN, channels: { x: 1 }, meta: [] })).not.toThrow();
});

test.each([
  [{ gateway: { port: 'x' } }, 'gateway.port: expected number, got string'],
  [{ gateway: { auth: { mode: 'magic' } } }, 'gateway.auth.mode: expected one of'],
  [{ gateway: { auth: { token: 7 } } }, 'gateway.auth.token: expected string, got number'],
  [
    { gateway: { http: { endpoints: { chatCompletions: { enabled: 'yes' } } } } },
    'chatCompletions.enabled: expected boolean',
  ],
  [{ ...TOKEN, agents: { list: [{ id: '../x' }] } }, 'expected an id of a-z'],
  [{ ...TOKEN, agents: { list: [{ id: 'a' }, { id: 'A' }] } }, 'got "a" twice'],
])('the error for a wrong type is one line that names the key: %j', (config, error) => {
  expect(() => read(config)).toThrow(error);
  expect(() => read(config)).toThrow(/^Failed to read [^\n]+\.$/);
});

test('the error for a missing or invalid file names it', () => {
  expect(() => readOptions({ file: '/nowhere/x.json5' })).toThrow(
    'Failed to read /nowhere/x.json5: expected a configuration file',
  );
  expect(() => readOptions({ config: '{', file: 'x.json5' })).toThrow('Failed to read x.json5: expected JSON5, got ');
});
