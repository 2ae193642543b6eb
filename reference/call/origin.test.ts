import { expect, test } from 'vitest';
import { allowsOrigin } from './origin.ts';

test.each([
  [undefined, 'kit.local', true, true],
  ['https://kit.example', 'x', true, true],
  ['HTTPS://KIT.EXAMPLE', 'x', true, true],
  ['https://kit.example.evil', 'x', false, false],
  ['http://127.0.0.1:5173', '127.0.0.1:18789', true, false],
  ['http://localhost', 'localhost', true, false],
  ['http://10.0.0.7:18789', '10.0.0.7:18789', true, true],
  ['http://10.0.0.7:18789', '10.0.0.8:18789', false, false],
  ['http://8.8.8.8', '8.8.8.8', false, false],
  ['https://kit.tail1.ts.net', 'kit.tail1.ts.net', true, true],
  ['https://shop.example', 'shop.example', false, false],
  ['null', 'x', false, false],
  ['nonsense', 'x', false, false],
])('an origin %s of the host %s: %s on this machine, %s elsewhere', (origin, host, local, remote) => {
  const headers = { host, ...(origin !== undefined && { origin }) };
  expect(allowsOrigin(headers, ['https://kit.example'], true)).toBe(local);
  expect(allowsOrigin(headers, ['https://kit.example'], false)).toBe(remote);
  expect(allowsOrigin(headers, ['*'], false)).toBe(origin !== 'null' && origin !== 'nonsense');
});
