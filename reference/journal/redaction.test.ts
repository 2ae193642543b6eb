import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redactedBody, redaction, redactionFor } from './redaction.ts';

interface Table {
  readonly secret: string;
  readonly rows: readonly {
    readonly id: string;
    readonly text?: string;
    readonly frames?: readonly string[];
    readonly masked?: readonly number[];
  }[];
  readonly words: readonly { readonly id: string; readonly text: string }[];
  readonly offered: readonly { readonly id: string; readonly text: string; readonly masked: string }[];
}

const { secret, rows, words, offered } = JSON.parse(
  readFileSync(new URL('../../fixtures/secret-spellings.json', import.meta.url), 'utf8'),
) as Table;
const texts = rows.filter((row): row is typeof row & { text: string } => row.text !== undefined);
const streams = rows.filter((row) => row.frames !== undefined);

describe('fixtures/secret-spellings.json', () => {
  test.each(texts)('$id is masked', ({ text }) => {
    const masked = redaction([secret])(text);
    expect(masked).toMatch(/^before «[^«»]{0,4}(?:\[redacted\])+[^«»]{0,4}» after$/);
    expect(redaction([secret])(masked)).toBe(masked);
  });

  test.each(texts)('$id is masked in a body, alone and within JSON', ({ text }) => {
    const redact = redaction([secret]);
    const [[key, value] = []] = Object.entries(
      redactedBody(JSON.stringify({ [text]: text }), redact, false) as Record<string, string>,
    );
    expect([key, value]).toEqual([redact(text), redact(text)]);
    expect(redactedBody(text, redact, false)).toMatch(/«[^«»]{0,4}(?:\[redacted\])+[^«»]{0,4}»/);
  });

  test.each(streams)('$id is masked frame by frame', ({ frames = [], masked = [] }) => {
    const text = frames.map((data) => `data: ${data}\n\n`).join('');
    const expected = frames.map((data, at) => `data: ${masked.includes(at) ? '[redacted]' : data}\n\n`).join('');
    expect(redaction([secret])(text)).toBe(expected);
  });

  test.each(words)('$id stays as it is', ({ text }) => {
    expect(redaction([])(text)).toBe(text);
    expect(redaction([secret])(text)).toBe(text);
  });

  test.each(offered)('$id is masked by its place', ({ text, masked }) => {
    expect(redaction([])(text)).toBe(masked);
  });
});

/** Whatever a secret may be made of: escapes, pieces of escapes, repeated characters, any character. */
const odd = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\\',
        '%',
        '%41',
        '\\u00',
        '\\u0041',
        '&',
        '&#',
        '&amp;',
        ';',
        '+',
        '"',
        "'",
        '=',
        '=41',
        'a',
        'n',
      ),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }),
      fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 12 }),
      fc
        .tuple(fc.constantFrom('a', '\\', '%', ' ', 'ab'), fc.integer({ min: 1, max: 60 }))
        .map(([a, n]) => a.repeat(n)),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => parts.join(''))
  .filter((one) => one.length >= 4 && one.isWellFormed() && !one.includes('redacted'));

const SPELLINGS: readonly ((secret: string) => string)[] = [
  (one) => one,
  (one) => JSON.stringify(one).slice(1, -1),
  encodeURIComponent,
  (one) => new URLSearchParams([['', one]]).toString().slice(1),
  (one) => Array.from(one, (character) => `&#${character.codePointAt(0)};`).join(''),
  (one) => Buffer.from(one).toString('hex'),
];

/** The bound of the promise: no four characters of a secret, as they are spelled, are left where it stood. */
const WINDOW = 4;

test('no window of four characters of a secret is left, however odd and long it is, and a second time changes nothing', () => {
  fc.assert(
    fc.property(odd, fc.constantFrom(...SPELLINGS), (one, spell) => {
      const redact = redaction([one]);
      const spelled = spell(one);
      const masked = redact(`«${spelled}»`);
      expect(redact(masked)).toBe(masked);
      const left = masked.replaceAll('[redacted]', '\0').replace(/[«»]/g, '');
      for (let at = 0; at + WINDOW <= left.length; at++) expect(spelled).not.toContain(left.slice(at, at + WINDOW));
    }),
    { numRuns: 400 },
  );
});

test('nothing is thrown, whatever the secret and the text are', () => {
  const any = fc.oneof(odd, fc.string({ unit: 'binary', maxLength: 300 }), fc.constantFrom('\ud800', 'Bearer ', '…'));
  fc.assert(
    fc.property(
      fc.array(any, { maxLength: 4 }),
      fc.array(any, { maxLength: 6 }),
      fc.boolean(),
      (secrets, text, cut) => {
        const redact = redaction(secrets);
        redactedBody(text.join(''), redact, cut);
        redactionFor(secrets)({ headers: { authorization: text.join(' ') } })(text.join(''));
      },
    ),
    { numRuns: 100 },
  );
});

test('the work grows with the length of the text and of the secret, and with nothing else', () => {
  const piece = fc.constantFrom(
    '\\',
    '%',
    '%25',
    '&#',
    '&#0',
    ';',
    '=',
    '\\u00',
    'a',
    'ab',
    ' ',
    '…',
    '[redacted]',
    '%3',
  );
  const costOf = (known: string, text: string): number => {
    const work = { steps: 0 };
    redaction([known], undefined, work)(text);
    return work.steps;
  };
  fc.assert(
    fc.property(piece, piece, piece, (one, other, third) => {
      const text = (times: number): string => `${one}${other}`.repeat(times);
      const owned = `x${`${other}${third}`.repeat(40)}y`;
      // Four times the text, and four times the secret, with what the other costs alone taken off.
      const small = costOf(owned, text(500)) - costOf(owned, '');
      expect(costOf(owned, text(2_000)) - costOf(owned, '')).toBeLessThan(4.5 * small + 1_000);
      const made = costOf(owned, 'b%\\=41');
      expect(costOf(`x${`${other}${third}`.repeat(160)}y`, 'b%\\=41')).toBeLessThan(4.5 * made + 1_000);
      expect(small).toBeLessThan(60 * text(500).length);
    }),
    { numRuns: 20 },
  );
});

test('what a client offers is looked for up to a length; beyond, only its header is masked', () => {
  const redactFor = redactionFor([]);
  const long = 'ab1'.repeat(200);
  expect(redactFor({ headers: { authorization: 'Bearer of-a-client' } })('say of-a-client')).toBe('say [redacted]');
  expect(redactFor({ headers: { authorization: `Bearer ${long}` } })(`say ${long}`)).toBe(`say ${long}`);
});
