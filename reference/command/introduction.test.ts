import { expect, test } from 'vitest';
import { optionsOf } from '../testing/deployed.ts';
import { introduction } from './introduction.ts';

function said(host: string): readonly string[] {
  const options = optionsOf('token', { host });
  return introduction({ url: 'http://127.0.0.1:18789', options, file: 'token.json5', own: true });
}

test.each(['0.0.0.0', '::'])('a gateway on %s says that it listens on all interfaces, beside its URL here', (host) => {
  const [first, second] = said(host);
  expect(first).toMatch(/^Reference gateway on http:\/\/127\.0\.0\.1:18789, /);
  expect(second).toBe(`Listens on all interfaces (${host}, port 18789): other machines reach it too`);
});

test('a gateway on one address says nothing of others', () => {
  expect(said('127.0.0.1').join('\n')).not.toContain('interfaces');
});
