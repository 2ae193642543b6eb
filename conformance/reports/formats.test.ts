import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { cases, chapters } from '../chapters/index.ts';
import type { Ending } from '../judging/verdict.ts';
import { CUT_SECRET, HOSTILE, SECRET, exampleReport, hostileReport } from '../testing/example.ts';
import { annotations } from './annotations.ts';
import { badge } from './badge.ts';
import { causesOf } from './causes.ts';
import { filesOf } from './files.ts';
import { html } from './html/html.ts';
import { hurtGroups, hurtText } from './hurt-clients.ts';
import { junit } from './junit.ts';
import { markdown, plain } from './markdown.ts';
import { findingsOf } from './report.ts';
import { causesText, findingText, releaseTable, table, unjudged } from './terminal.ts';

const schemaText = (name: string): string =>
  readFileSync(new URL(`../../fixtures/schemas/${name}`, import.meta.url), 'utf8');
const hostile = hostileReport();
const violated: Ending = { kind: 'violated', expected: 'a sentinel', got: 'none' };
const broken = exampleReport({ endings: { 'streaming.done': violated } });

const FORMATS: Record<string, string> = {
  ...filesOf(hostile),
  'index.html': html([hostile, exampleReport()]),
  annotations: annotations(hostile),
  'the terminal': [
    ...findingsOf(hostile).map((finding) => findingText(finding, 'again')),
    causesText(causesOf(hostile), hostile, () => 'again'),
    unjudged(hostile),
    table(hostile, chapters),
    releaseTable([hostile], true),
  ].join('\n'),
};

describe('formats', () => {
  const spellings = [
    SECRET,
    CUT_SECRET.split('…')[0]!,
    JSON.stringify(SECRET).slice(1, -1),
    encodeURIComponent(SECRET),
    SECRET.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
    Buffer.from(SECRET).toString('base64'),
  ];
  test.each(Object.keys(FORMATS))('no secret is in %s', (name) => {
    const text = FORMATS[name]!;
    expect(text.length).toBeGreaterThan(50);
    for (const spelling of spellings) expect(text).not.toContain(spelling);
  });

  test('the secret-free formats do show the text that held the secret', () => {
    for (const name of ['report.json', 'junit.xml', 'report.md', 'report.html', 'annotations', 'the terminal']) {
      expect(FORMATS[name], name).toContain('[redacted]');
    }
  });
});

describe('report.json', () => {
  test('report.json is valid by its published schema, with every verdict in it', () => {
    const validate = new Ajv2020({
      allErrors: true,
      strict: true,
      allowUnionTypes: true,
      formats: { uri: (text: string) => URL.canParse(text) },
    }).compile(JSON.parse(schemaText('report.schema.json')) as object);
    for (const report of [hostile, exampleReport(), exampleReport({ edition: '2026.1.29' })]) {
      validate(JSON.parse(filesOf(report)['report.json']!));
      expect(validate.errors).toBeNull();
    }
    expect(Object.values(hostile.summary).filter((count) => count === 0)).toEqual([]);
  });

  test('only cases that did not hold have evidence, waived and observed ones included', () => {
    const withEvidence = hostile.cases.filter(({ evidence }) => evidence);
    expect(new Set(withEvidence.map(({ verdict }) => verdict))).toEqual(
      new Set(['fail', 'warn', 'note', 'waived', 'stale', 'error']),
    );
    expect(withEvidence).toHaveLength(7);
  });

  test('the curl command names a variable for the right credential, and shows one that is wrong on purpose', () => {
    const { evidence } = findingsOf(broken)[0]!;
    expect(evidence.curl).toContain('-H "Authorization: Bearer $OPENCLAW_GATEWAY_TOKEN"');
    const wrong = exampleReport({ endings: { 'authentication.wrong': { ...violated, expected: 'a refusal' } } });
    expect(findingsOf(wrong)[0]!.evidence.curl).toContain("-H 'authorization: Bearer [redacted]'");
  });

  test('evidence names the clients that are known to break, with an issue', () => {
    const { evidence } = hostile.cases.find(({ id }) => id === 'streaming.finish')!;
    expect(evidence!.breaks.map(({ client }) => client)).toContain('OpenCode');
    expect(evidence!.breaks[0]!.issue).toMatch(/^https:\/\/github\.com\//);
  });

  test('every format for people names the clients that were measured to break, and by which wrong gateway', () => {
    const lossy = exampleReport({ endings: { 'streaming.same-text': violated } });
    const [finding] = findingsOf(lossy);
    const [group] = finding!.evidence.hurt!;
    expect(group).toEqual(hurtGroups('streaming.same-text')[0]);
    const line = hurtText(group!);
    expect(line).toMatch(/openai 7 \(7\..*fetch.*: takes it for success \(measured: streaming\.same-text: loses/);
    expect(findingText(finding!, 'again')).toContain(`  breaks   ${line}`);
    const more = exampleReport({
      endings: { 'streaming.same-text': violated, 'authentication.wrong': { ...violated, expected: 'a refusal' } },
    });
    const brief = causesText(causesOf(more), more, () => 'again');
    expect(brief).toContain(`  breaks   OpenAI SDKs; ${group!.clients[0]}; `);
    expect(brief.match(/ {2}breaks {3}OpenAI SDKs; .*/)![0].split('; ').length).toBeLessThanOrEqual(12);
    expect(markdown(lossy)).toContain(plain(line));
    expect(junit(lossy)).toContain(`breaks: ${line}`);
    expect(html([lossy])).toContain('loses the first character');
  });

  test('a case that held, or could not be judged, names no client', () => {
    const errored = exampleReport({ endings: { 'streaming.same-text': { kind: 'errored', reason: 'none' } } });
    expect(findingsOf(errored)[0]!.evidence).not.toHaveProperty('hurt');
    expect(exampleReport().cases.filter(({ evidence }) => evidence)).toEqual([]);
  });
});

describe('junit.xml', () => {
  const valid = async (xml: string): Promise<string> => {
    const { errors } = await validateXML({
      xml: [{ fileName: 'junit.xml', contents: xml }],
      schema: [schemaText('junit.xsd')],
    });
    return errors.map(({ message }) => message).join('\n');
  };

  test('junit.xml is valid by the schema of CI systems, whatever a gateway answers', async () => {
    expect(await valid(junit(hostile))).toBe('');
    expect(await valid(junit(exampleReport()))).toBe('');
  });

  test('the schema of junit.xml rejects invalid documents', async () => {
    expect(await valid(junit(broken).replace(' classname=', ' class='))).toContain('class');
    expect(await valid(junit(broken).replace('<failure', '<unheard').replace('</failure', '</unheard'))).toContain(
      'unheard',
    );
  });

  test('junit.xml counts a violated MUST and a stale waiver as failures, and skips with a reason', () => {
    const xml = junit(hostile);
    const { fail, stale, error, warn, waived, skip } = hostile.summary;
    expect(xml).toContain(`tests="${cases.length}" failures="${fail + stale}" errors="${error}"`);
    expect(xml.match(/<failure /g)).toHaveLength(fail + stale);
    expect(xml.match(/<skipped message="(?:skip|warn|waived): [^"]/g)).toHaveLength(skip + warn + waived);
  });

  test('a failure in junit.xml has the transcript', () => {
    const failure = /<failure[^>]*>([^]*?)<\/failure>/.exec(junit(broken))![1];
    expect(failure).toContain('120.0 ← data: {&quot;id&quot;');
    expect(failure).toContain('expected: a sentinel');
  });
});

describe('report.md', () => {
  test('report.md has the conclusion, counts by chapter, and each finding', () => {
    const text = markdown(broken);
    expect(text).toContain('**Not conformant with 2026.9.6: streaming.done**');
    expect(text).toMatch(/\| streaming \| \d+ \| 1 \|/);
    expect(text).toMatch(/expected {2}a sentinel\ngot {7}none/);
  });

  test('in report.md no response leaves its fence, and no text its line', () => {
    const text = markdown(hostile);
    const outside = text.replace(/^(`{3,})text\n[^]*?\n\1$/gm, '');
    expect(outside).not.toMatch(/<script|<img|<!--/);
    expect(outside).not.toMatch(/[^\\]\]\(javascript:/);
    expect(text).toMatch(/^`{5,}text$/m);
  });
});

describe('annotations', () => {
  test('annotations are one command for each finding, each on one line', () => {
    const lines = annotations(hostile).trimEnd().split('\n');
    expect(lines).toHaveLength(findingsOf(hostile).length);
    for (const line of lines) expect(line).toMatch(/^::(?:error|warning) title=[^:,]+::[^\r]+$/);
    expect(annotations(hostile)).toContain('%250A::error::injected');
    expect(lines.filter((line) => line.startsWith('::warning'))).toHaveLength(hostile.summary.warn);
  });

  test('a report without findings has no annotations', () => {
    expect(annotations(exampleReport())).toBe('');
  });
});

describe('badge.json', () => {
  const of = (report: typeof broken): unknown => JSON.parse(badge(report));
  test('badge.json has the fields that shields.io reads', () => {
    expect(of(exampleReport())).toEqual({
      schemaVersion: 1,
      label: 'OpenClaw 2026.9.6',
      message: 'conformant',
      color: 'brightgreen',
    });
    expect(of(broken)).toMatchObject({ message: '1 failing', color: 'red' });
    expect(of(exampleReport({ filtered: true }))).toMatchObject({ message: 'partly judged' });
    const waivers = [{ id: 'streaming.done', reason: 'known', dated: '2026-11-22' }] as never;
    expect(of(exampleReport({ endings: { 'streaming.done': violated }, waivers }))).toMatchObject({
      message: '1 waived',
    });
  });
});

describe('report.html', () => {
  test('in report.html no response can end the script element of the data', () => {
    const page = html([hostile]);
    expect(page.match(/<\/script>/g)).toHaveLength(2);
    const [, data] = /<script type="application\/json" id="data">(.*)<\/script>/.exec(page)!;
    const { reports } = JSON.parse(data!) as { reports: { cases: Record<string, { reason: string }> }[] };
    expect(reports[0]!.cases['errors.retries']!.reason).toContain('</script><script>alert(1)');
    expect(HOSTILE).toContain('</script>');
  });

  test('report.html loads nothing', () => {
    expect(html([hostile])).not.toMatch(/(?:src|href)="(?!data:)[^"]|url\(|@import/);
  });
});
