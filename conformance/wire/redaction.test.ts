import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redaction } from './redaction.ts';
import { momentsOf, type Moment } from './transcript.ts';

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

describe('fixtures/secret-spellings.json', () => {
  const redact = redaction([secret]);

  test.each(rows.filter(({ text }) => text !== undefined))('$id is masked', ({ text = '' }) => {
    const masked = redact(text);
    expect(masked).toMatch(/^before «[^«»]{0,4}(?:\[redacted\])+[^«»]{0,4}» after$/);
    expect(redact(masked)).toBe(masked);
  });

  test.each(rows.filter(({ frames }) => frames !== undefined))(
    '$id is masked frame by frame',
    ({ frames = [], masked = [] }) => {
      expect([...redact.torn(frames)].toSorted((a, b) => a - b)).toEqual(masked);
      const moments = momentsOf(streamed(frames.map((data) => `data: ${data}\n\n`).join('')), redact);
      const shown = moments.filter(({ at }: Moment) => at === 2).map(({ text }) => redact(text));
      const expected = frames.map((data, at) => (masked.includes(at) ? '[redacted]' : `data: ${data}`));
      // Of many frames the first and the last are shown.
      expect(shown).toEqual(frames.length > 30 ? [...expected.slice(0, 15), ...expected.slice(-15)] : expected);
    },
  );

  test.each(words)('$id stays as it is', ({ text }) => {
    expect(redaction([])(text)).toBe(text);
    expect(redact(text)).toBe(text);
  });

  test.each(offered)('$id is masked by its place', ({ text, masked }) => {
    expect(redaction([])(text)).toBe(masked);
  });
});

/** A response with status 200 that was complete after 2 ms. */
function streamed(body: string): Parameters<typeof momentsOf>[0] {
  return {
    request: { method: 'GET', url: 'http://127.0.0.1:1/', headers: [], body: undefined },
    status: 200,
    headers: new Headers({ 'content-type': 'text/event-stream' }),
    beganAt: 1_795_347_791_000,
    headersAt: 1,
    pieces: [{ at: 2, bytes: new TextEncoder().encode(body) }],
    end: 'complete',
    endedAt: 3,
    body,
  };
}

describe('redaction', () => {
  test.each([
    ['as it is', (one: string) => one],
    ['in a header', (one: string) => `authorization: Bearer ${one}`],
    ['in JSON', (one: string) => JSON.stringify({ token: one })],
    ['in a URL', (one: string) => `/?token=${encodeURIComponent(one)}`],
    ['in base64', (one: string) => Buffer.from(one).toString('base64')],
    ['twice', (one: string) => `${one} and ${one}`],
  ])('a secret %s is masked, whatever characters it has', { timeout: 60_000 }, (_where, written) => {
    fc.assert(
      fc.property(fc.string({ minLength: 4, maxLength: 40, unit: 'binary' }), (one) => {
        fc.pre(one.isWellFormed() && !'[redacted]'.includes(one) && !'authorization: Bearer and token'.includes(one));
        expect(redaction([one])(`<<${written(one)}>>`)).not.toContain(one);
      }),
    );
  });

  test('a credential after a scheme is masked although it is no known secret', () => {
    expect(redaction([])('authorization: Bearer sk-unknown-1234')).toBe('authorization: Bearer [redacted]');
  });

  test('the longer of two secrets is masked first', () => {
    expect(redaction(['secret', 'secret-and-more'])('secret-and-more')).toBe('[redacted]');
  });

  test('the front of a secret before a cut is masked', () => {
    const redact = redaction(['kit-Token-5f8e21c7', 'another']);
    expect(redact('got "Bearer of kit-Token-5f8… (400 characters)')).toBe(
      'got "Bearer of [redacted]… (400 characters)',
    );
    expect(redact('kit-Token-5f8e21c7… and anoth…, an…')).toBe('[redacted]… and [redacted]…, an…');
  });

  test('the key of a model provider is masked', () => {
    expect(redaction([])('Incorrect API key: sk-proj-abc_DEF123')).toBe('Incorrect API key: [redacted]');
  });

  test('a text without secrets is unchanged', () => {
    expect(redaction(['hunter22', undefined, null])('data: {"a":1}')).toBe('data: {"a":1}');
  });
});

/** Any secret: escapes, pieces of escapes, repeated characters, any character. */
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
    fc.property(fc.array(any, { maxLength: 4 }), fc.array(any, { maxLength: 6 }), (secrets, texts) => {
      const redact = redaction(secrets);
      redact(texts.join(''));
      redact.torn(texts);
    }),
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
  const costOf = (one: string, text: string): number => {
    const work = { steps: 0 };
    redaction([one], work)(text);
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
