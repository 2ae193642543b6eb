import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import table from '../../fixtures/hurt-clients.json' with { type: 'json' };
import { compare } from '../commands/compare.ts';
import { summaryOf, type VerdictName } from '../judging/verdict.ts';
import {
  clientsExit,
  compared,
  comparisonExit,
  comparisonMarkdown,
  comparisonText,
  type Comparison,
} from './comparison.ts';
import { HARMS, hurtBy } from './hurt-clients.ts';
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

describe('clients', () => {
  const LOSES = 'streaming.same-text';
  const change = (id: string, before: VerdictName, after: VerdictName, clients?: readonly string[]): Comparison =>
    compared(report('a', { [id]: before }), report('b', { [id]: after }), clients);
  const [openai] = hurtBy(LOSES, ['openai 7']);

  test('a client that breaks by what newly fails is newly hurt, and the comparison says so', () => {
    const comparison = change(LOSES, 'pass', 'fail', ['openai 7', 'fetch']);
    expect(comparison.hurt).toEqual([
      { client: openai!.client, by: [{ outcome: 'takes it for success', ids: [LOSES] }] },
      { client: 'fetch', by: [{ outcome: 'takes it for success', ids: [LOSES] }] },
    ]);
    expect(comparisonText(comparison)).toContain(
      `\n  newly hurt  ${openai!.client}: takes it for success (streaming.same-text)\n  newly hurt  fetch: `,
    );
    expect(comparisonMarkdown(comparison)).toContain(
      `**newly hurt** (2)\n\n| client | by |\n| --- | --- |\n| ${openai!.client} | takes it for success (${LOSES}) |`,
    );
    expect(change(LOSES, 'pass', 'fail').hurt).toHaveLength(hurtBy(LOSES).length);
  });

  test('the worst that becomes of a client stands first, and the worst client too', () => {
    const broken = Object.fromEntries(table.requirements.map((id) => [id, 'fail' as const]));
    const kept = Object.fromEntries(table.requirements.map((id) => [id, 'pass' as const]));
    const { hurt } = compared(report('a', kept), report('b', broken));
    const ranks = hurt.map(({ by }) => by.map(({ outcome }) => HARMS.indexOf(outcome)));
    expect(ranks).toEqual(ranks.map((own) => own.toSorted((a, b) => a - b)));
    const firsts = ranks.map(([first]) => first!);
    expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
    expect(hurt.length).toBe(table.rows.length);
  });

  test.each([
    ['failed before', 'fail', 'fail'],
    ['is mended', 'fail', 'pass'],
    ['passes', 'pass', 'pass'],
  ] as const)('by what %s none is newly hurt', (_, before, after) => {
    const comparison = change(LOSES, before, after);
    expect(comparison.hurt).toEqual([]);
    expect(comparisonText(comparison)).not.toContain('newly hurt');
    expect(clientsExit(comparison)).toBe(0);
  });

  test('the exit code about clients is 1 when one is hurt, 3 when that is not known, else 0', () => {
    expect(clientsExit(change(LOSES, 'pass', 'fail', ['openai 7']))).toBe(1);
    // No client breaks by a wrong count.
    expect(hurtBy('completions.usage-sum')).toEqual([]);
    expect(clientsExit(change('completions.usage-sum', 'pass', 'fail'))).toBe(0);
    expect(clientsExit(change('authentication.wrong', 'pass', 'fail'))).toBe(3);
    expect(clientsExit(change(LOSES, 'pass', 'error'))).toBe(3);
  });

  test('the command asks about the clients that --clients names', () => {
    const file = (name: string, id: string, verdict: VerdictName): string => {
      writeFileSync(join(folder, name), JSON.stringify(report(name, { [id]: verdict })));
      return join(folder, name);
    };
    let said = '';
    const exit = (id: string, ...flags: string[]): number => {
      said = '';
      const names = [file('before.json', id, 'pass'), file('after.json', id, 'fail')];
      return compare([...names, ...flags], (text) => (said += text));
    };
    expect(exit(LOSES, '--clients', 'fetch')).toBe(1);
    expect(said.match(/newly hurt {2}.*/g)).toEqual(['newly hurt  fetch: takes it for success (streaming.same-text)']);
    expect(exit(LOSES, '--clients', 'fetch', '--clients', 'openai 7')).toBe(1);
    expect(said.match(/newly hurt/g)).toHaveLength(2);
    expect(exit(LOSES, '--clients', 'all')).toBe(1);
    expect(said.match(/newly hurt/g)).toHaveLength(hurtBy(LOSES).length);
    expect([exit('completions.usage-sum'), exit('completions.usage-sum', '--clients', 'all')]).toEqual([1, 0]);
    expect(exit('authentication.wrong', '--clients', 'all')).toBe(3);
    expect(() => exit(LOSES, '--clients', 'telnet')).toThrow(
      'Failed to compare: expected all or a measured client, got "telnet". Measured: openai 7; ',
    );
  });
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
