import { describe, expect, test } from 'vitest';
import { curl } from './curl.ts';
import type { Exchange } from './exchange.ts';

const exchange = (request: Partial<Exchange['request']>): Exchange =>
  ({
    request: { method: 'POST', url: 'http://h/v1/chat/completions', headers: [], body: undefined, ...request },
  }) as Exchange;

describe('curl', () => {
  test('the command names an environment variable in place of the secret', () => {
    const line = curl(
      exchange({ headers: [['authorization', 'Bearer hunter22']], body: '{}' }),
      'OPENCLAW_GATEWAY_TOKEN',
    );
    expect(line).toBe(
      `curl -sS -N -i 'http://h/v1/chat/completions' -H "Authorization: Bearer $OPENCLAW_GATEWAY_TOKEN" -d '{}'`,
    );
  });

  test('the body is quoted for the shell', () => {
    expect(curl(exchange({ body: `{"a":"it's"}` }), undefined)).toContain(`-d '{"a":"it'\\''s"}'`);
  });

  test('an empty header is sent as one, and a method that is not implied is named', () => {
    expect(curl(exchange({ method: 'GET', headers: [['x-a', '']] }), undefined)).toContain(`-X GET`);
    expect(curl(exchange({ method: 'GET', headers: [['x-a', '']] }), undefined)).toContain(`-H 'x-a;'`);
  });

  test('headers that only identify the SDK are left out', () => {
    expect(curl(exchange({ headers: [['x-stainless-lang', 'js']] }), undefined)).not.toContain('stainless');
  });
});
