import { expect, test } from 'vitest';
import { Secret } from './secret.ts';

const bytes = (text: string): Buffer => Buffer.from(text);

test.each(['s', 'sécret', 'x'.repeat(255), 'x'.repeat(256), 'x'.repeat(257), 'x'.repeat(5000)])(
  'only the secret itself is equal: %.10s…',
  (text) => {
    const secret = new Secret(text);
    expect(secret.equals(bytes(text))).toBe(true);
    for (const wrong of ['', text.slice(1), text.slice(0, -1), `${text}x`, `${text}\0`, text.toUpperCase()])
      expect(secret.equals(bytes(wrong))).toBe(false);
    expect(secret.equals(bytes(text))).toBe(true);
  },
);

test('the bytes of an earlier comparison do not affect a later one', () => {
  const secret = new Secret('short');
  expect(secret.equals(bytes('shorter and longer'))).toBe(false);
  expect(secret.equals(bytes('short'))).toBe(true);
});

test('a zero byte at the end counts', () => {
  expect(new Secret('a\0').equals(bytes('a'))).toBe(false);
  expect(new Secret('a').equals(bytes('a\0'))).toBe(false);
});
