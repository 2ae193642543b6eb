import { describe, expect, it } from 'vitest';
import { curl } from './curl.ts';
import type { Exchange } from './exchange.ts';

const exchange = (request: Partial<Exchange['request']>): Exchange =>
  ({
    request: { method: 'POST', url: 'http://h/v1/chat/completions', headers: [], body: undefined, ...request },
  }) as Exchange;

describe('curl', () => {
  it('leaves the secret to the environment', () => {
    const line = curl(
      exchange({ headers: [['authorization', 'Bearer hunter22']], body: '{}' }),
      'OPENCLAW_GATEWAY_TOKEN',
    );
    expect(line).toBe(
      `curl -sS -N -i 'http://h/v1/chat/completions' -H "Authorization: Bearer $OPENCLAW_GATEWAY_TOKEN" -d '{}'`,
    );
  });

  it('quotes what a shell would read', () => {
    expect(curl(exchange({ body: `{"a":"it's"}` }), undefined)).toContain(`-d '{"a":"it'\\''s"}'`);
  });

  it('sends an empty header as one, and names a method that is not implied', () => {
    expect(curl(exchange({ method: 'GET', headers: [['x-a', '']] }), undefined)).toContain(`-X GET`);
    expect(curl(exchange({ method: 'GET', headers: [['x-a', '']] }), undefined)).toContain(`-H 'x-a;'`);
  });

  it('leaves out what only the SDK says of itself', () => {
    expect(curl(exchange({ headers: [['x-stainless-lang', 'js']] }), undefined)).not.toContain('stainless');
  });
});
