import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { compare } from '../commands/compare.ts';
import { summaryOf, type VerdictName } from '../judging/verdict.ts';
import { compared, comparisonExit, comparisonMarkdown, comparisonText } from './comparison.ts';
import type { Report, ReportCase } from './report.ts';

const folder = mkdtempSync(join(tmpdir(), 'kit-compare-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Said = VerdictName | readonly [VerdictName, string];

function report(name: string, cases: Readonly<Record<string, Said>>, contractHash = '0123456789abcdef'): Report {
  const source = 'https://docs.openclaw.ai';
  const all = Object.entries(cases).map(([id, said]): ReportCase => {
    const [verdict, reason] = typeof said === 'string' ? [said, ''] : said;
    return { id, chapter: 'some', level: 'MUST', verdict, reason, durationMs: 1, says: 'it holds', source };
  });
  return {
    schema: 'openclaw-conformance/report@1',
    suite: { version: '1.0.0', contractHash },
    target: { name, baseUrl: '', deployments: ['token'], agents: ['main'], scripted: true, probe: true },
    edition: '2026.9.6',
    profile: 'openclaw',
    conformant: false,
    summary: summaryOf(all),
    cases: all,
  };
}

const ids = (changes: readonly { id: string }[]): string[] => changes.map(({ id }) => id);

test('every change has exactly one kind', () => {
  const comparison = compared(
    report('old', {
      same: 'pass',
      broke: 'pass',
      forgiven: 'waived',
      mended: 'fail',
      lost: 'pass',
      observed: 'warn',
      gone: 'pass',
      unclear: 'pass',
      other: ['fail', 'expected 200, got 500'],
      alike: ['fail', 'expected 200 from 127.0.0.1:41233, got chatcmpl_0d35ad43-2f1f after 4033 ms (251 characters)'],
    }),
    report('new', {
      same: 'pass',
      broke: ['fail', 'expected 401, got 200'],
      forgiven: 'fail',
      mended: 'stale',
      lost: 'skip',
      observed: 'note',
      unclear: 'error',
      added: 'warn',
      other: ['fail', 'expected 200, got 503'],
      alike: ['fail', 'expected 200 from 127.0.0.1:41999, got chatcmpl_99ab12cd-77ff after 812 ms (252 characters)'],
    }),
  );
  expect(ids(comparison.failing)).toEqual(['broke', 'added']);
  expect(ids(comparison.passing)).toEqual(['mended']);
  expect(ids(comparison.skipped)).toEqual(['lost', 'observed']);
  expect(ids(comparison.absent)).toEqual(['gone']);
  expect(ids(comparison.errored)).toEqual(['unclear']);
  expect(ids(comparison.otherwise)).toEqual(['other']);
  expect(comparison.failing[0]).toEqual({
    id: 'broke',
    level: 'MUST',
    before: 'pass',
    after: 'fail',
    reason: 'expected 401, got 200',
  });
});

test('the exit code is 1 when a requirement newly fails, 3 when one can no longer be judged, else 0', () => {
  const exit = (before: VerdictName, after: VerdictName): number =>
    comparisonExit(compared(report('a', { one: before }), report('b', { one: after })));
  expect(exit('pass', 'fail')).toBe(1);
  expect(exit('pass', 'warn')).toBe(1);
  expect(exit('skip', 'fail')).toBe(1);
  expect(exit('pass', 'error')).toBe(3);
  expect(exit('waived', 'fail')).toBe(0);
  expect(exit('fail', 'pass')).toBe(0);
  expect(exit('pass', 'skip')).toBe(0);
});

test('the comparison is printed as text and as Markdown, in which no reason breaks the table', () => {
  const changed = compared(
    report('openclaw 1', { 'some.one': 'pass' }),
    report('openclaw 2', { 'some.one': ['fail', 'got "a | b <h1>"'] }, 'def'),
  );
  expect(comparisonText(changed)).toBe(
    [
      'From openclaw 1 to openclaw 2:',
      'The reports come from different contracts.',
      '  newly failing  some.one (MUST), pass → fail: got "a | b <h1>"',
    ].join('\n'),
  );
  expect(comparisonMarkdown(changed)).toContain('| `some.one` | MUST | pass → fail | got "a \\| b &lt;h1>" |');
  const same = compared(report('openclaw 1', {}), report('openclaw 2', {}));
  expect(comparisonText(same)).toBe('From openclaw 1 to openclaw 2: no changes.');
});

test('the command reads two files, and refuses anything else in one line', () => {
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const before = file('a.json', JSON.stringify(report('a', { 'some.one': 'pass' })));
  const after = file('b.json', JSON.stringify(report('b', { 'some.one': 'fail' })));
  let said = '';
  const run = (...argv: string[]): number => {
    said = '';
    return compare(argv, (text) => (said += text));
  };
  expect(run(before, after)).toBe(1);
  expect(said).toContain('newly failing  some.one');
  expect(run(before, after, '--format', 'md')).toBe(1);
  expect(said).toContain('### From a to b');
  expect(run(after, before)).toBe(0);
  expect(() => run(before)).toThrow('expected two reports, got 1.');
  expect(() => run(before, after, '--format', 'pdf')).toThrow('expected text, md, got "pdf".');
  expect(() => run(before, join(folder, 'none.json'))).toThrow('got ENOENT.');
  expect(() => run(before, file('c.json', '{}'))).toThrow('expected a report of this suite, got no schema.');
  expect(() => run(before, file('d.json', '<html>'))).toThrow('expected a report of this suite, got no JSON.');
});
