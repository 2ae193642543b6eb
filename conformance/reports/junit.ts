/**
 * JUnit XML, valid by `fixtures/schemas/junit.xsd`. A violated MUST and a stale waiver are failures; a case that could not
 * be judged is an error; a waived case, a skipped case and a violated SHOULD are skipped, with the reason: JUnit has no
 * warnings.
 */
import { conclusionOf } from './conclusion.ts';
import { hurtText } from './hurt-clients.ts';
import type { Report, ReportCase } from './report.ts';
import { momentLine } from './terminal.ts';

/** One `testsuites` document, with a `testsuite` for each chapter. */
export function junit(report: Report): string {
  const { suite, target, edition, profile, cases } = report;
  const chapters = [...new Set(cases.map(({ chapter }) => chapter))];
  const about = {
    suite: suite.version,
    contract: suite.contractHash,
    target: target.name,
    'base-url': target.baseUrl,
    edition,
    profile,
    conclusion: conclusionOf(report).text,
  };
  const properties = Object.entries(about).map(([name, value]) => `      <property${attributes({ name, value })}/>`);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: `${target.name}, contract ${edition}`, ...totals(cases) })}>`,
    ...chapters.flatMap((name) => {
      const mine = cases.filter(({ chapter }) => chapter === name);
      const skipped = mine.filter((one) => outcomeOf(one)?.startsWith('skipped')).length;
      return [
        `  <testsuite${attributes({ name, ...totals(mine), skipped })}>`,
        '    <properties>',
        ...properties,
        '    </properties>',
        ...mine.map(testcase),
        '  </testsuite>',
      ];
    }),
    '</testsuites>\n',
  ].join('\n');
}

type Outcome = 'failure' | 'error' | 'skipped';

function outcomeOf({ verdict }: ReportCase): Outcome | undefined {
  if (verdict === 'fail' || verdict === 'stale') return 'failure';
  if (verdict === 'error') return 'error';
  return verdict === 'pass' || verdict === 'note' ? undefined : 'skipped';
}

function totals(cases: readonly ReportCase[]): Record<string, string | number> {
  const count = (outcome: Outcome): number => cases.filter((one) => outcomeOf(one) === outcome).length;
  const time = seconds(cases.reduce((sum, { durationMs }) => sum + durationMs, 0));
  return { tests: cases.length, failures: count('failure'), errors: count('error'), time };
}

function testcase(one: ReportCase): string {
  const { id, chapter, level, verdict, reason, durationMs } = one;
  const open = `    <testcase${attributes({ name: id, classname: `conformance.${chapter}`, time: seconds(durationMs) })}>`;
  const outcome = outcomeOf(one);
  const output = `      <system-out>${escaped(detailsOf(one))}</system-out>`;
  if (outcome === undefined) return [open, output, '    </testcase>'].join('\n');
  const message = `${verdict}: ${reason}`;
  if (outcome === 'skipped') {
    return [open, `      <skipped${attributes({ message })}/>`, output, '    </testcase>'].join('\n');
  }
  const element = `<${outcome}${attributes({ message, type: level })}>${escaped(detailsOf(one))}</${outcome}>`;
  return [open, `      ${element}`, '    </testcase>'].join('\n');
}

function detailsOf({ level, says, source, reason, evidence }: ReportCase): string {
  const { expected, got, exchanges = [], curl, history, breaks = [], hurt = [] } = evidence ?? {};
  return [
    `${level}: ${says}`,
    source,
    ...(reason ? [`why: ${reason}`] : []),
    ...(expected === undefined ? [] : [`expected: ${expected}`, `got: ${got}`]),
    ...breaks.map(({ client, breaks: effect, issue }) => `breaks: ${client}: ${effect} (${issue})`),
    ...hurt.map((group) => `breaks: ${hurtText(group)}`),
    ...exchanges.flat().map(momentLine),
    ...(curl === undefined ? [] : (history ?? [curl])),
  ].join('\n');
}

const seconds = (ms: number): string => (ms / 1000).toFixed(3);

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(String(value))}"`)
    .join('');
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
