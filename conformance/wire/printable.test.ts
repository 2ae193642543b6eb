import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ATTACKS, OBEYED } from '../testing/attacks.ts';
import { cleaning, printable, printableIn } from './printable.ts';

test.each([
  ['\\u001b]0;x\\u0007', '\u001b]0;x\u0007'],
  ['\\u009b2J \\u007f', '\u009b2J \u007f'],
  ['a\\nb\\r\\tc', 'a\nb\r\tc'],
  ['\\u202egnp', '\u202egnp'],
  ['\\u2028\\u2029\\u0085', '\u2028\u2029\u0085'],
  ['\\ud83d and \\ude00, but 😀', '\ud83d and \ude00, but 😀'],
  ['##\\u005berror]x', '##[error]x'],
  ['{"a":"b\\n"}', '{"a":"b\\n"}'],
  ['é 漢 👨‍👩‍👧‍👦 שלום', 'é 漢 👨‍👩‍👧‍👦 שלום'],
])('a text becomes %s', (wanted, text) => {
  expect(printable(text)).toBe(wanted);
});

test('what is printable is one line that nothing obeys, and stays the same', () => {
  const unit = fc.oneof(
    fc.constantFrom(...Object.values(ATTACKS)),
    fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code)),
  );
  fc.assert(
    fc.property(fc.array(unit), (units) => {
      const once = printable(units.join(''));
      expect(OBEYED.exec(once)).toBeNull();
      expect(once).not.toContain('\n');
      expect(printable(once)).toBe(once);
    }),
  );
});

test('a text in JSON says the same as before', () => {
  const text = JSON.stringify({ said: '\u202e\u2028 \u0085\u007f ##[x]' });
  expect(JSON.parse(printable(text))).toEqual(JSON.parse(text));
});

test('every string of a value is made printable, however deep', () => {
  expect(printableIn({ a: ['\u0000', { b: '\n' }], c: null, d: 1 })).toEqual({
    a: ['\\u0000', { b: '\\n' }],
    c: null,
    d: 1,
  });
});

test('a secret is redacted before its characters are escaped', () => {
  expect(cleaning(['se\u0007cret\u202e!'])('x se\u0007cret\u202e! y\n')).toBe('x [redacted] y\\n');
});
