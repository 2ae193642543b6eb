import { describe, expect, test } from 'vitest';
import { isLoopback, readAuth } from './authentication.ts';

test.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['localhost', true],
  ['10.0.0.1', false],
  ['127.evil.com', false],
  ['0.0.0.0', false],
])('%s is loopback: %s', (address, loopback) => {
  expect(isLoopback(address)).toBe(loopback);
});

describe('mode trusted-proxy', () => {
  const trust = { proxies: ['10.0.0.1'], realIp: false };
  const config = { mode: 'trusted-proxy' as const, trustedProxy: { userHeader: 'X-User', requiredHeaders: ['X-Of '] } };
  const identity = { userHeader: 'x-user', requiredHeaders: ['x-of'], allowUsers: [], allowLoopback: false };

  test('names of headers are in lower case, all users are let in, and a proxy on this machine is not believed', () => {
    expect(readAuth(config, trust, {})).toEqual({ mode: 'trusted-proxy', identity });
  });

  test('a password is for clients past the proxy, from the file or the environment', () => {
    const source = 'OPENCLAW_GATEWAY_PASSWORD';
    expect(readAuth(config, trust, { [source]: 'p' })).toEqual({
      mode: 'trusted-proxy',
      identity,
      secret: 'p',
      source,
    });
  });

  test.each([
    [{ ...config, token: 't' }, trust, 'expected no token beside it, got gateway.auth.token. Remove the token.'],
    [config, { ...trust, proxies: [] }, 'expected a trusted proxy, got none. Set gateway.trustedProxies.'],
    [
      { ...config, trustedProxy: { userHeader: ' ' } },
      trust,
      'expected the header that names the user, got none. Set gateway.auth.trustedProxy.userHeader.',
    ],
  ])('the error is one line with its mend: %#', (auth, proxies, error) => {
    expect(() => readAuth(auth, proxies, {})).toThrow(
      `Failed to start with gateway.auth.mode "trusted-proxy": ${error}`,
    );
  });
});
