import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { summaryOf, type VerdictName } from '../judging/verdict.ts';
import type { Report } from './report.ts';
import { releaseTable } from './terminal.ts';

const report = (edition: string, verdicts: Readonly<Record<string, VerdictName>>): Report => {
  const cases = Object.entries(verdicts).map(([id, verdict]) => ({ id, verdict, reason: '' }));
  return { target: { name: `openclaw ${edition}` }, edition, cases, summary: summaryOf(cases) } as unknown as Report;
};

const reports = [
  report('2026.2.1', { 'a.kept': 'pass', 'a.broken': 'waived', 'a.seen': 'note', 'a.new': 'skip' }),
  report('2026.9.6', { 'a.kept': 'pass', 'a.broken': 'pass', 'a.seen': 'note', 'a.new': 'pass' }),
];
const lines = (verbose: boolean): string[] => stripVTControlCharacters(releaseTable(reports, verbose)).split('\n');

test('the table has the requirements in which something is wrong in some release, and counts the others', () => {
  expect(lines(false)).toEqual([
    '            2026.2.1    2026.9.6',
    'a.broken      waived        pass',
    '3 requirements without a fault in any release (--verbose)',
  ]);
});

test('a fork has a column under its own name, as wide as it is', () => {
  const fork = { ...reports[1]!, target: { ...reports[1]!.target, name: '@romiluz/clawmongo 2026.4.8' } };
  const [head, row] = stripVTControlCharacters(releaseTable([reports[0]!, fork], false)).split('\n');
  expect(head).toBe('            2026.2.1  @romiluz/clawmongo 2026.4.8');
  expect(row).toHaveLength(head!.length);
});

test('with --verbose it has all of them', () => {
  expect(lines(true).map((line) => line.split(' ')[0])).toEqual(['', 'a.kept', 'a.broken', 'a.seen', 'a.new']);
});
