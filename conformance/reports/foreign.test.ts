/** Every way in which a report is printed, held to one table of attacks. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { chapters } from '../chapters/index.ts';
import { ATTACKS, COMMAND, OBEYED } from '../testing/attacks.ts';
import { exampleReport, hostileReport } from '../testing/example.ts';
import { printable } from '../wire/printable.ts';
import { annotations } from './annotations.ts';
import { compared, comparisonMarkdown, comparisonText } from './comparison.ts';
import { causesOf } from './causes.ts';
import { filesOf } from './files.ts';
import { html } from './html/html.ts';
import { findingsOf, type Report } from './report.ts';
import { causesText, conclusion, findingText, releaseTable, table, unjudged } from './terminal.ts';

const good = exampleReport();
const schema = readFileSync(new URL('../../fixtures/schemas/junit.xsd', import.meta.url), 'utf8');

function printed(report: Report): Record<string, string> {
  const comparison = compared(good, report);
  return {
    ...filesOf(report),
    'index.html': html([report, good]),
    annotations: annotations(report),
    'the terminal': [
      ...findingsOf(report).map((finding) => findingText(finding, 'again')),
      causesText(causesOf(report), report, () => 'again'),
      unjudged(report),
      table(report, chapters),
      releaseTable([report], true),
      conclusion(report),
    ].join('\n'),
    comparison: comparisonText(comparison),
    'comparison.md': comparisonMarkdown(comparison),
  };
}

/** Markdown without its blocks of code, where nothing is interpreted. */
const outsideFences = (text: string): string => text.replace(/^(`{3,})text\n[^]*?\n\1$/gm, '');

describe.each(Object.entries(ATTACKS))('%s', (_name, attack) => {
  const report = hostileReport(attack);
  const formats = printed(report);

  test.each(Object.keys(formats))('foreign text is shown, not interpreted: %s', (format) => {
    const text = formats[format]!;
    expect(OBEYED.exec(text)).toBeNull();
    if (format !== 'annotations') expect(text).not.toMatch(COMMAND);
  });

  test('foreign text is kept, escaped as in JSON', () => {
    const read = JSON.parse(formats['report.json']!) as Report;
    expect(read.cases.find(({ id }) => id === 'errors.retries')!.reason).toBe(printable(attack));
    expect(read.target.name).toBe(`gateway ${printable(attack)}`);
  });

  test('JUnit stays well-formed for a parser of XML 1.0', async () => {
    const { errors } = await validateXML({
      xml: [{ fileName: 'junit.xml', contents: formats['junit.xml']! }],
      schema: [schema],
    });
    expect(errors).toEqual([]);
  });

  test('Markdown keeps its rows, headings and elements', () => {
    for (const format of ['report.md', 'comparison.md']) {
      const outside = outsideFences(formats[format]!);
      expect(outside).not.toMatch(/<(?!\/?(?:details|summary|code)\b)|[^\\]\]\(javascript:/);
      const cells = outside.split('\n').filter((line) => line.startsWith('|'));
      const counts = cells.map((row) => row.replaceAll(/\\./g, '').split('|').length);
      const heads = cells.filter((row) => row.startsWith('| ---')).length;
      expect(new Set(counts).size).toBeLessThanOrEqual(heads);
      expect(outside.match(/^#/gm)).toHaveLength(1);
    }
  });

  test('a page keeps its two scripts, and annotations keep one line for each finding', () => {
    for (const format of ['report.html', 'index.html']) expect(formats[format]!.match(/<\/script/g)).toHaveLength(2);
    const lines = formats.annotations!.trimEnd().split('\n');
    expect(lines).toHaveLength(findingsOf(report).length);
    for (const line of lines) expect(line).toMatch(/^::(?:error|warning) title=[^:,]+::./);
  });
});
