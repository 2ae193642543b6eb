import { readFileSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import JSON5 from 'json5';
import { describe, expect, test } from 'vitest';
import { cases } from '../chapters/index.ts';
import { DIALECTS } from '../dial/dialects.ts';
import { isRelease } from '../editions.ts';
import { waiverOf } from './judge.ts';
import { readWaivers, type Waiver } from './waivers.ts';

const known = new Set(['streaming.done', 'errors.envelope']);
const line = `{ id: 'streaming.done', reason: 'ends without it', dated: '2026-11-22' }`;
const read = (text: string): Waiver[] => readWaivers(text, 'w.json5', known, '2026-11-22');

describe('readWaivers', () => {
  test('a waivers file is JSON5', () => {
    expect(read(`{ waivers: [${line}] } // all`)).toEqual([
      { id: 'streaming.done', reason: 'ends without it', dated: '2026-11-22' },
    ]);
  });

  test('an entry with several ids is a waiver of each', () => {
    const many = `{ ids: ['streaming.done', 'errors.envelope'], reason: 'ends without it', dated: '2026-11-22' }`;
    expect(read(`{ waivers: [${many}] }`)).toEqual([
      { id: 'streaming.done', reason: 'ends without it', dated: '2026-11-22' },
      { id: 'errors.envelope', reason: 'ends without it', dated: '2026-11-22' },
    ]);
    expect(() => read(`{ waivers: [${line},\n${many}] }`)).toThrow(/^Failed .* w\.json5:2: .* two for streaming\.done/);
  });

  test('a waiver of a deployment covers that deployment only', () => {
    const at = (deployment: string): string => line.replace('}', `, deployment: '${deployment}' }`);
    const waivers = read(`{ waivers: [${at('token')}, ${at('password')}] }`);
    expect(waiverOf('streaming.done', 'password', waivers)).toEqual(waivers[1]);
    expect(waiverOf('streaming.done', 'none', waivers)).toBeUndefined();
    expect(() => read(`{ waivers: [${at('token')}, ${line}] }`)).toThrow('got two for streaming.done');
    expect(() => read(`{ waivers: [${at('tokem')}] }`)).toThrow('got "tokem"');
  });

  test('a waiver is valid on its last day, and refused on the next', () => {
    const until = (day: string): string => `{ waivers: [${line.replace('}', `, expires: '${day}' }`)}] }`;
    expect(read(until('2026-11-22'))).toHaveLength(1);
    expect(() => read(until('2026-11-21'))).toThrow(
      'Failed to read waivers w.json5:1: expected a waiver of streaming.done that has not expired, got 2026-11-21.',
    );
  });

  test.each([
    ['{ waivers: [', 'expected JSON5'],
    ['{}', 'at waivers'],
    ['[]', 'at the top'],
    [`{ waivers: [${line}, ${line}] }`, 'got two for streaming.done'],
    [`{ waivers: [${line.replace('streaming.done', 'streaming.dome')}] }`, 'got "streaming.dome"'],
    [`{ waivers: [${line.replace('ends without it', '')}] }`, 'at waivers.0.reason'],
    [`{ waivers: [${line.replace('2026-11-22', 'yesterday')}] }`, 'at waivers.0.dated: a date like 2026-11-22'],
    [`{ waivers: [${line.replace('2026-11-22', '2026-02-30')}] }`, 'at waivers.0.dated'],
    [`{ waivers: [${line.replace('}', ', excuse: 1 }')}] }`, 'excuse'],
  ])('refuses %s in one line that names the file', (text, expected) => {
    expect(() => read(text)).toThrow(expected);
    expect(() => read(text)).toThrow(/^Failed to read waivers w\.json5(?::\d+)?: expected [^\n]+$/);
  });

  test.each([
    ['{\n  waivers: [\n    nonsense\n  ] }', 3],
    [`{ // [{\n  waivers: [\n    ${line},\n    /* ,\n { */ ${line.replace('done', 'dome')}] }`, 5],
    [
      `{ waivers: [\n${line.replace('ends', `it's "[{," \\'`.replace("'", "\\'"))},\n${line.replace('done', 'dome')}] }`,
      3,
    ],
    [`{ waivers: [\n\n'no waiver',\n] }`, 3],
    [`{ waivers: [\n${line},\n7] }`, 3],
    [`{ waivers: [\n${line},\n{ id: [1,\n2] }] }`, 3],
  ])('names the line of what is wrong in %j', (text, expected) => {
    expect(() => read(text)).toThrow(`Failed to read waivers w.json5:${expected}: `);
  });
});

describe('the grammar of waivers', () => {
  const day = fc
    .date({ min: new Date('2026-11-22T00:00Z'), max: new Date('2099-12-31T00:00Z'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10));
  const waiver = fc.record(
    {
      id: fc.constantFrom(...known),
      reason: fc.string({ minLength: 10, unit: 'binary' }),
      dated: day,
      link: fc.webUrl(),
      expires: day,
      message: fc.string({ unit: 'binary' }),
    },
    { requiredKeys: ['id', 'reason', 'dated'] },
  );
  const file = fc.uniqueArray(waiver, { minLength: 1, selector: ({ id }) => id });
  const written = (waivers: readonly object[], space: number): string => JSON5.stringify({ waivers }, null, space);

  test('every file of the right form is read', () => {
    fc.assert(
      fc.property(file, fc.nat(4), (waivers, space) => {
        expect(read(written(waivers, space))).toEqual(waivers);
      }),
    );
  });

  test('any single fault is refused in one line that names its line', () => {
    const wrong = fc.constantFrom<(one: object & { id: string }) => object>(
      (one) => ({ ...one, id: undefined }),
      (one) => ({ ...one, reason: undefined }),
      (one) => ({ ...one, dated: undefined }),
      (one) => ({ ...one, id: `${one.id}s` }),
      (one) => ({ ...one, reason: 'because' }),
      (one) => ({ ...one, reason: 7 }),
      (one) => ({ ...one, dated: '2026-11-31' }),
      (one) => ({ ...one, link: 'nowhere' }),
      (one) => ({ ...one, expires: '2026-11-21' }),
      (one) => ({ ...one, expires: 'never' }),
      (one) => ({ ...one, message: null }),
      (one) => ({ ...one, note: 'more' }),
      (one) => [one],
    );
    fc.assert(
      fc.property(file, fc.nat(), wrong, (waivers, at, spoil) => {
        const index = at % waivers.length;
        const text = written((waivers as object[]).toSpliced(index, 1, spoil(waivers[index]!)), 2);
        const begins = text.split('\n').flatMap((row, number) => (/^ {4}[{[]/.test(row) ? [number + 1] : []));
        expect(() => read(text)).toThrow(`Failed to read waivers w.json5:${begins[index]}: expected `);
        expect(() => read(text)).toThrow(/^[^\n]+$/);
      }),
    );
  });

  test('a file cut at any place is refused in one line', () => {
    fc.assert(
      fc.property(file, fc.nat(), (waivers, cut) => {
        const text = written(waivers, 2);
        expect(() => read(text.slice(0, cut % text.length))).toThrow(/^Failed to read waivers w\.json5[^\n]+$/);
      }),
    );
  });
});

describe('fixtures/waivers', () => {
  const folder = new URL('../../fixtures/waivers/', import.meta.url);

  // The package of a fork may hold a scope, which stands in the name with a hyphen.
  const packages = DIALECTS.map((one) => one.package!.replaceAll(/[^\w.-]+/g, '-').replace(/^-/, ''));

  test.each(readdirSync(folder))('%s belongs to a release or a fork, and waives existing requirements', (file) => {
    const named = packages.filter((name) => isRelease(file.slice(name.length + 1).replace(/\.json5$/, '')));
    expect(named.filter((name) => file.startsWith(`${name}-`))).toHaveLength(1);
    const ids = new Set(cases.map(({ id }) => id));
    expect(readWaivers(readFileSync(new URL(file, folder), 'utf8'), file, ids)).not.toHaveLength(0);
  });
});
