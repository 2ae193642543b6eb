import { readFileSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import JSON5 from 'json5';
import { describe, expect, it } from 'vitest';
import { cases } from '../chapters/index.ts';
import { isRelease } from '../editions.ts';
import { waiverOf } from './judge.ts';
import { readWaivers, type Waiver } from './waivers.ts';

const known = new Set(['streaming.done', 'errors.envelope']);
const line = `{ id: 'streaming.done', reason: 'ends without it', dated: '2026-11-22' }`;
const read = (text: string): Waiver[] => readWaivers(text, 'w.json5', known, '2026-11-22');

describe('readWaivers', () => {
  it('reads JSON5', () => {
    expect(read(`{ waivers: [${line}] } // all`)).toEqual([
      { id: 'streaming.done', reason: 'ends without it', dated: '2026-11-22' },
    ]);
  });

  it('reads one fault that breaks many requirements as a waiver of each', () => {
    const many = `{ ids: ['streaming.done', 'errors.envelope'], reason: 'ends without it', dated: '2026-11-22' }`;
    expect(read(`{ waivers: [${many}] }`)).toEqual([
      { id: 'streaming.done', reason: 'ends without it', dated: '2026-11-22' },
      { id: 'errors.envelope', reason: 'ends without it', dated: '2026-11-22' },
    ]);
    expect(() => read(`{ waivers: [${line},\n${many}] }`)).toThrow(/^Failed .* w\.json5:2: .* two for streaming\.done/);
  });

  it('forgives a waiver of one deployment there alone', () => {
    const at = (deployment: string): string => line.replace('}', `, deployment: '${deployment}' }`);
    const waivers = read(`{ waivers: [${at('token')}, ${at('password')}] }`);
    expect(waiverOf('streaming.done', 'password', waivers)).toEqual(waivers[1]);
    expect(waiverOf('streaming.done', 'none', waivers)).toBeUndefined();
    expect(() => read(`{ waivers: [${at('token')}, ${line}] }`)).toThrow('got two for streaming.done');
    expect(() => read(`{ waivers: [${at('tokem')}] }`)).toThrow('got "tokem"');
  });

  it('takes a waiver on its last day, and refuses it on the next', () => {
    const until = (day: string): string => `{ waivers: [${line.replace('}', `, expires: '${day}' }`)}] }`;
    expect(read(until('2026-11-22'))).toHaveLength(1);
    expect(() => read(until('2026-11-21'))).toThrow(
      'Failed to read waivers w.json5:1: expected a waiver of streaming.done that has not expired, got 2026-11-21.',
    );
  });

  it.each([
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

  it.each([
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

  it('gives back every file that keeps to it', () => {
    fc.assert(
      fc.property(file, fc.nat(4), (waivers, space) => {
        expect(read(written(waivers, space))).toEqual(waivers);
      }),
    );
  });

  it('refuses any one thing that is wrong, in one line that names the line', () => {
    const wrong = fc.constantFrom<(waiver: object & { id: string }) => object>(
      (waiver) => ({ ...waiver, id: undefined }),
      (waiver) => ({ ...waiver, reason: undefined }),
      (waiver) => ({ ...waiver, dated: undefined }),
      (waiver) => ({ ...waiver, id: `${waiver.id}s` }),
      (waiver) => ({ ...waiver, reason: 'because' }),
      (waiver) => ({ ...waiver, reason: 7 }),
      (waiver) => ({ ...waiver, dated: '2026-11-31' }),
      (waiver) => ({ ...waiver, link: 'nowhere' }),
      (waiver) => ({ ...waiver, expires: '2026-11-21' }),
      (waiver) => ({ ...waiver, expires: 'never' }),
      (waiver) => ({ ...waiver, message: null }),
      (waiver) => ({ ...waiver, note: 'more' }),
      (waiver) => [waiver],
    );
    fc.assert(
      fc.property(file, fc.nat(), wrong, (waivers, at, spoil) => {
        const index = at % waivers.length;
        const text = written((waivers as object[]).toSpliced(index, 1, spoil(waivers[index]!)), 2);
        const begins = text.split('\n').flatMap((line, number) => (/^ {4}[{[]/.test(line) ? [number + 1] : []));
        expect(() => read(text)).toThrow(`Failed to read waivers w.json5:${begins[index]}: expected `);
        expect(() => read(text)).toThrow(/^[^\n]+$/);
      }),
    );
  });

  it('refuses a file that was cut anywhere, in one line', () => {
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

  it.each(readdirSync(folder))('%s is of a release, and waives requirements that there are', (file) => {
    expect(isRelease(/^openclaw-(.+)\.json5$/.exec(file)?.[1] ?? '')).toBe(true);
    const ids = new Set(cases.map(({ id }) => id));
    expect(readWaivers(readFileSync(new URL(file, folder), 'utf8'), file, ids)).not.toHaveLength(0);
  });
});
