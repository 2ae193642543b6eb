import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redaction } from './redaction.ts';

describe('redaction', () => {
  it.each([
    ['as it is', (secret: string) => secret],
    ['in a header', (secret: string) => `authorization: Bearer ${secret}`],
    ['in JSON', (secret: string) => JSON.stringify({ token: secret })],
    ['in a URL', (secret: string) => `/?token=${encodeURIComponent(secret)}`],
    ['in base64', (secret: string) => Buffer.from(secret).toString('base64')],
    ['twice', (secret: string) => `${secret} and ${secret}`],
  ])('masks a secret %s, whatever characters it has', { timeout: 60_000 }, (_where, written) => {
    fc.assert(
      fc.property(fc.string({ minLength: 4, maxLength: 40, unit: 'binary' }), (secret) => {
        fc.pre(
          secret.isWellFormed() &&
            !'[redacted]'.includes(secret) &&
            !'authorization: Bearer and token'.includes(secret),
        );
        expect(redaction([secret])(`<<${written(secret)}>>`)).not.toContain(secret);
      }),
    );
  });

  it('masks what stands behind a scheme although nobody has called it a secret', () => {
    expect(redaction([])('authorization: Bearer sk-unknown-1234')).toBe('authorization: Bearer [redacted]');
  });

  it('masks the longer of two secrets first', () => {
    expect(redaction(['secret', 'secret-and-more'])('secret-and-more')).toBe('[redacted]');
  });

  it('masks the front of a secret that a cut has left', () => {
    const redact = redaction(['kit-Token-5f8e21c7', 'another']);
    expect(redact('got "Bearer of kit-Token-5f8… (400 characters)')).toBe(
      'got "Bearer of [redacted]… (400 characters)',
    );
    expect(redact('kit-Token-5f8e21c7… and anoth…, an…')).toBe('[redacted]… and [redacted]…, an…');
  });

  it('masks the key of a model provider that a gateway gives away', () => {
    expect(redaction([])('Incorrect API key: sk-proj-abc_DEF123')).toBe('Incorrect API key: [redacted]');
  });

  it('leaves a text without secrets alone', () => {
    expect(redaction(['hunter22', undefined, null])('data: {"a":1}')).toBe('data: {"a":1}');
  });
});
