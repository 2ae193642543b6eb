/**
 * Common Test Report Format, https://ctrf.io. Its statuses are those of the JUnit report, but for what JUnit has no word
 * for: a violated SHOULD and a known failure are `other`. `rawStatus` is the verdict.
 */
import { conclusionOf } from './conclusion.ts';
import type { Report, ReportCase } from './report.ts';

type Status = 'passed' | 'failed' | 'skipped' | 'pending' | 'other';

const STATUS: Readonly<Record<ReportCase['verdict'], Status>> = {
  pass: 'passed',
  note: 'passed',
  fail: 'failed',
  stale: 'failed',
  error: 'failed',
  warn: 'other',
  waived: 'other',
  skip: 'skipped',
  unseen: 'skipped',
};

/** One document. */
export function ctrf(report: Report): string {
  const { suite, target, edition, profile, cases, began, durationMs = 0 } = report;
  const count = (status: Status): number => cases.filter(({ verdict }) => STATUS[verdict] === status).length;
  // Without a start, as in recorded traffic, all is at the beginning of time.
  const start = began === undefined ? 0 : Date.parse(began);
  const document = {
    reportFormat: 'CTRF',
    specVersion: '0.0.0',
    results: {
      tool: { name: 'openclaw-compat-kit', version: suite.version },
      summary: {
        tests: cases.length,
        passed: count('passed'),
        failed: count('failed'),
        pending: 0,
        skipped: count('skipped'),
        other: count('other'),
        start,
        stop: start + durationMs,
      },
      tests: cases.map(testOf),
      environment: {
        appName: target.name,
        extra: { baseUrl: target.baseUrl, edition, profile, conclusion: conclusionOf(report).text },
      },
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function testOf({ id, chapter, level, verdict, reason, durationMs, says, source, evidence }: ReportCase): object {
  return {
    name: id,
    status: STATUS[verdict],
    rawStatus: verdict,
    duration: durationMs,
    suite: [chapter],
    tags: [level],
    ...(reason && { message: reason }),
    ...(evidence?.curl && { snippet: evidence.curl }),
    extra: { says, source },
  };
}
