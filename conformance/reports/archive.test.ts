import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compare } from '../commands/compare.ts';
import { merge } from '../commands/merge.ts';
import { ATTACKS, COMMAND, OBEYED } from '../testing/attacks.ts';
import { exampleReport, hostileReport } from '../testing/example.ts';
import { readReport, readReports } from './archive.ts';
import { filesOf, publish } from './files.ts';
import { masked } from './masks.ts';
import type { Report } from './report.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'archive-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function file(text: string): string {
  const place = join(folder, String(files++));
  mkdirSync(place);
  writeFileSync(join(place, 'report.json'), text);
  return join(place, 'report.json');
}

const good = exampleReport();
const text = filesOf(good)['report.json']!;

/** The report with something else in one place. */
function forged(path: string, value: unknown): string {
  const report = JSON.parse(text) as Record<string, unknown>;
  const names = path.split('.');
  const last = names.pop()!;
  const place = names.reduce((inner, name) => inner[name] as Record<string, unknown>, report);
  place[last] = value;
  return JSON.stringify(report);
}

describe('a report from a file', () => {
  test('a report is read as it was written, with every verdict and its evidence', () => {
    for (const report of [good, hostileReport(), exampleReport({ edition: '2026.1.29', filtered: true })]) {
      expect(readReport(file(filesOf(report)['report.json']!))).toEqual(masked(report));
    }
  });

  test('keys of a later version are dropped', () => {
    expect(readReport(file(forged('later', { a: [1] })))).toEqual(masked(good));
  });

  const [first] = good.cases;
  test.each<[string, string]>([
    ['no JSON', '<html>'],
    ['no schema', '[]'],
    ['no schema', 'null'],
    ['no schema', '{"schema":{"a":1}}'],
    ['schema "openclaw-conformance/report@2"', '{"schema":"openclaw-conformance/report@2"}'],
    ['at suite', '{"schema":"openclaw-conformance/report@1"}'],
    ['at target.name', forged('target.name', 7)],
    ['at edition', forged('edition', '../../x')],
    ['at summary.pass', forged('summary.pass', '12')],
    ['at summary: expected the counts of its cases', forged('summary.pass', 1)],
    ['at cases', forged('cases', { length: 3 })],
    ['at cases.0.id', forged('cases.0.id', '__proto__')],
    ['at cases.0.id', forged('cases.0.id', 'constructor')],
    ['at cases.0.id', forged('cases.0.id', 'a.b"] *')],
    ['at cases.0.verdict', forged('cases.0.verdict', 'toString')],
    ['at cases.0.source', forged('cases.0.source', 'javascript:alert(1)')],
    ['at cases.0.durationMs', forged('cases.0.durationMs', -1)],
    ['at cases.0.evidence', forged('cases.0.evidence', { exchanges: [[{ at: 0, side: 'x', text: '' }]], breaks: [] })],
    ['at cases: expected each case once', forged('cases', [...good.cases, first])],
    [
      'at cases',
      forged(
        'cases',
        Array.from({ length: 5001 }, (_, at) => ({ ...first, id: `a.${at}` })),
      ),
    ],
    [
      'at conformant: expected false',
      forged('conformant', true)
        .replace('"verdict":"pass"', '"verdict":"fail"')
        .replace(/"pass":(\d+),"fail":0/, (_, pass) => `"pass":${Number(pass) - 1},"fail":1`),
    ],
    ['more than 32 levels', forged('later', 0).replace('"later":0', `"later":${'['.repeat(1e6)}`)],
    ['more than 32 levels', '{"a":'.repeat(1e6)],
  ])('is refused in one line by compare, merge and publish: %s', (got, written) => {
    const path = file(written);
    const place = join(path, '..');
    const out = join(folder, 'out');
    const line = /^Failed to read report \S+: expected a report of this suite, got [^\n]+\. Name another one\.$/;
    for (const read of [
      () => compare([path, path], () => undefined),
      () => merge([place, '--out', out], () => undefined),
      ...(/^(?:at|more) /.test(got) ? [() => publish([], place)] : []),
    ]) {
      expect(read).toThrow(line);
      expect(read).toThrow(`got ${got}`);
    }
  });

  test.each<[string, (path: string) => void]>([
    ['104857600 bytes, more than 33554432', (path) => (writeFileSync(path, ''), truncateSync(path, 100 * 1024 * 1024))],
    ['ELOOP', (path) => symlinkSync(path, path)],
    ['ENOENT', (path) => symlinkSync('/nowhere', path)],
    ['a folder', (path) => mkdirSync(path)],
    ['no file', (path) => symlinkSync('/dev/zero', path)],
  ])('is refused before it is read: %s', (got, make) => {
    const place = join(folder, String(files++));
    mkdirSync(place);
    const path = join(place, 'x\n::error::y.json');
    make(path);
    for (const read of [
      () => compare([path, path], () => undefined),
      () => merge([place, '--out', join(folder, 'out')], () => undefined),
      () => readReports(place),
    ]) {
      expect(read).toThrow(/^Failed to read report [^\n]+\\n::error::y\.json: [^\n]+\.$/);
      expect(read).toThrow(`got ${got}.`);
    }
  });

  test.each(Object.entries(ATTACKS))('a report of another program is printed, not interpreted: %s', (_, attack) => {
    // Unlike in a report of reportOf, the text is not made printable.
    const report = JSON.parse(text) as { -readonly [K in keyof Report]: Report[K] };
    const cases = report.cases.map((one, at) => (at < 3 ? { ...one, reason: attack, chapter: attack } : one));
    const raw = { ...report, cases, target: { ...report.target, name: attack, agents: [attack] } };
    const path = file(JSON.stringify(raw));
    const before = file(
      JSON.stringify({ ...raw, target: { ...raw.target, name: `${attack}!` }, cases: report.cases.slice(1) }).replace(
        /"summary":\{[^}]+\}/,
        `"summary":${JSON.stringify({ ...report.summary, pass: report.summary.pass - 1 })}`,
      ),
    );
    let printed = '';
    const write = (line: string): void => void (printed += `${line}\n`);
    compare([before, path], write);
    compare([before, path, '--format', 'md'], write);
    merge([join(path, '..'), '--out', join(folder, 'out')], write);
    for (const one of Object.values(filesOf(readReport(path)))) printed += one;
    expect(printed.length).toBeGreaterThan(1000);
    expect(OBEYED.exec(printed)).toBeNull();
    expect(printed).not.toMatch(COMMAND);
  });
});
