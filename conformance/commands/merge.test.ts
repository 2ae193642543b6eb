import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { summaryOf, type VerdictName } from '../judging/verdict.ts';
import type { Report } from '../reports/report.ts';
import { merge, merged } from './merge.ts';

const SUITE = { version: '1.0.0', contractHash: '0123456789abcdef' };
const ELSEWHERE = 'filtered: not asked for';

function part(cases: Readonly<Record<string, VerdictName>>, over: Partial<Report> = {}): Report {
  const all = Object.entries(cases).map(([id, verdict]) => ({
    id,
    chapter: 'some',
    level: 'MUST',
    verdict,
    reason: verdict === 'skip' ? ELSEWHERE : '',
    durationMs: 1,
    says: 'it holds',
    source: 'https://docs.openclaw.ai',
  }));
  return {
    schema: 'openclaw-conformance/report@1',
    suite: SUITE,
    target: { name: 'openclaw 1', baseUrl: '', deployments: ['token'], agents: ['main'], scripted: true, probe: true },
    edition: '2026.9.6',
    profile: 'openclaw',
    conformant: false,
    summary: summaryOf(all),
    cases: all,
    ...over,
  } as Report;
}

test('each case comes from the part that judged it, in the order of the contract', () => {
  const whole = merged([
    part({ 'some.a': 'pass', 'some.b': 'skip', 'some.c': 'skip' }),
    part({ 'some.a': 'skip', 'some.b': 'fail', 'some.c': 'skip' }),
    part({ 'some.a': 'skip', 'some.b': 'skip', 'some.c': 'pass' }),
  ]);
  expect(whole.cases.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual([
    'some.a pass',
    'some.b fail',
    'some.c pass',
  ]);
  expect(whole.summary).toMatchObject({ pass: 2, fail: 1, skip: 0 });
  expect(whole.conformant).toBe(false);
});

test('the result is conformant only when every case was in some part', () => {
  const parts = [part({ 'some.a': 'pass', 'some.b': 'skip' }), part({ 'some.a': 'skip', 'some.b': 'pass' })];
  expect(merged(parts).conformant).toBe(true);
  expect(merged(parts.slice(0, 1)).conformant).toBe(false);
});

test('parts of different suites, releases or cases are refused', () => {
  const one = part({ 'some.a': 'pass' });
  const refused =
    (other: Report): (() => Report) =>
    () =>
      merged([one, other]);
  expect(refused(part({}, { suite: { ...SUITE, version: '1.0.1' } }))).toThrow('expected reports of one suite');
  expect(refused(part({}, { suite: { ...SUITE, contractHash: 'fedcba9876543210' } }))).toThrow(
    'expected reports of one suite',
  );
  expect(refused(part({}, { edition: '2026.2.1' }))).toThrow('expected one release');
  expect(refused(part({ 'some.a': 'fail' }))).toThrow('expected one verdict on some.a, got pass and fail.');
  expect(refused(part({ 'some.a': 'pass', 'some.b': 'fail' }))).toThrow('expected the same cases in every part');
  expect(merged([one, one])).toMatchObject({ summary: { pass: 1 } });
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kit-merge-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('the command merges folders by file name, and exits as the gate on one machine', () => {
  const put = (place: string, report: Report): string => {
    const at = join(folder, place);
    mkdirSync(join(at, '..'), { recursive: true });
    writeFileSync(at, JSON.stringify(report));
    return join(at, '..');
  };
  const a = put('a/1.json', part({ 'some.a': 'pass', 'some.b': 'skip' }));
  const b = put('b/1.json', part({ 'some.a': 'skip', 'some.b': 'warn' }));
  put('b/2.json', part({ 'some.a': 'pass', 'some.b': 'skip' }, { edition: '2026.2.1' }));
  let said = '';
  const out = join(folder, 'out');
  expect(merge([a, b, '--out', out], (text) => (said += text))).toBe(1);
  const read = (name: string): Report => JSON.parse(readFileSync(join(out, name), 'utf8')) as Report;
  expect(read('1.json').summary).toMatchObject({ pass: 1, warn: 1 });
  expect(said).toContain('1 cases are in none of the parts.');
  expect(merge([join(folder, 'a')], () => undefined)).toBe(0);
  writeFileSync(join(folder, 'file'), '');
  expect(() => merge([a, '--out', join(folder, 'file')], () => undefined)).toThrow(
    /^Failed to write --out .*file: expected a place that can be written, got EEXIST\. /,
  );
  expect(() => merge([], () => undefined)).toThrow('expected folders with reports, got none.');
  expect(() => merge([join(folder, 'none')], () => undefined)).toThrow('expected a folder with reports, got ENOENT.');
});
