import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import table from '../../fixtures/clients.json' with { type: 'json' };
import { cases } from '../chapters/index.ts';
import { matches } from '../judging/judge.ts';
import { exampleReport } from '../testing/example.ts';
import { readReports } from './archive.ts';
import { publish, tellGitHub, writeAmongOthers, writeIndex, writeReport } from './files.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reports-'));
});
afterAll(() => rm(folder, { recursive: true }));

const broken = exampleReport({
  edition: '2026.2.1',
  endings: { 'streaming.done': { kind: 'violated', expected: 'a sentinel', got: 'none' } },
});

describe('reports on disk', () => {
  test('a report is written in every format', async () => {
    const out = join(folder, 'deep/out');
    writeReport(broken, out);
    expect((await readdir(out)).toSorted()).toEqual([
      'badge.json',
      'junit.xml',
      'report.html',
      'report.json',
      'report.md',
    ]);
  });

  test('reports of several targets are written side by side, each with a folder for its other formats', async () => {
    const out = join(folder, 'gate');
    writeAmongOthers(broken, '2026.2.1', out);
    writeIndex([broken], out);
    expect((await readdir(out, { recursive: true })).toSorted()).toEqual([
      '2026.2.1',
      '2026.2.1.json',
      '2026.2.1/badge.json',
      '2026.2.1/junit.xml',
      '2026.2.1/report.html',
      '2026.2.1/report.md',
      'index.html',
    ]);
  });

  test('reports are published oldest first, and earlier ones are kept', async () => {
    const out = join(folder, 'site');
    publish([exampleReport({ edition: '2026.9.6' }), broken], out);
    await writeFile(join(out, 'other.json'), '{"schema":"another"}');
    await writeFile(join(out, 'no.json'), 'no JSON');
    publish([exampleReport({ name: 'my fork/1' }), exampleReport({ edition: '2026.2.1' })], out);
    const reports = ['2026.2.1.json', '2026.9.6.json', 'my-fork-1.json'];
    expect((await readdir(out, { recursive: true })).toSorted()).toEqual(
      [
        'badges',
        'index.html',
        'other.json',
        'no.json',
        ...reports,
        ...reports.map((name) => `badges/${name}`),
      ].toSorted(),
    );
    const page = await readFile(join(out, 'index.html'), 'utf8');
    const [first, ...others] = ['2026.2.1', 'my fork/1', '2026.9.6'].map((name) => page.indexOf(`"name":"${name}"`));
    expect(first).toBeGreaterThan(0);
    expect(Math.min(...others)).toBeGreaterThan(first!);
    // The one that was broken has been judged again.
    expect(readReports(out).map(({ conformant }) => conformant)).toEqual([true, true, true]);
    publish([], out);
    expect(await readFile(join(out, 'index.html'), 'utf8')).toBe(page);
  });
});

describe('tellGitHub', () => {
  test('on GitHub, findings are annotated and the step summary gets the Markdown', async () => {
    const summary = join(folder, 'summary.md');
    await writeFile(summary, 'before\n');
    let log = '';
    const world = {
      env: { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary },
      write: (text: string) => (log += text),
    };
    await tellGitHub([broken, exampleReport()], world);
    expect(log).toMatch(/^::error title=openclaw 2026\.2\.1%3A streaming\.done/);
    const text = await readFile(summary, 'utf8');
    expect(text).toMatch(/^before\n## openclaw 2026\.2\.1\n[^]*\n## openclaw 2026\.9\.6\n/);
  });

  test('outside GitHub, nothing is written', async () => {
    let log = '';
    await tellGitHub([broken], { env: {}, write: (text) => (log += text) });
    expect(log).toBe('');
  });
});

describe('clients known to break', () => {
  test.each(table.rows)('$id names existing requirements', ({ requirements }) => {
    for (const pattern of requirements)
      expect(
        cases.some((one) => matches(one, pattern)),
        pattern,
      ).toBe(true);
  });
});
