/** What a person reads on a terminal. Pure: data in, text out. */
import { styleText } from 'node:util';
import type { Chapter } from '../contract.ts';
import type { Judged } from '../judge.ts';
import type { Target } from '../target.ts';
import type { VerdictName } from '../verdict.ts';
import type { Finding, Found, Report } from './report.ts';

const MARK: Record<VerdictName, string> = {
  pass: '✓',
  fail: '✗',
  warn: '!',
  note: '·',
  skip: '-',
  waived: '~',
  stale: '✗',
  error: '?',
};
const COLOUR: Record<VerdictName, Parameters<typeof styleText>[0]> = {
  pass: 'green',
  fail: 'red',
  warn: 'yellow',
  note: 'blue',
  skip: 'gray',
  waived: 'cyan',
  stale: 'red',
  error: 'magenta',
};
const COLUMNS: readonly VerdictName[] = ['pass', 'fail', 'warn', 'note', 'skip', 'waived', 'stale', 'error'];

/** What is about to happen, before the first request. */
export function opening(target: Target, planned: { cases: number; requests: number; runs: number }): string {
  const [primary] = target.deployments;
  const others = target.deployments.length - 1;
  return [
    `Judging ${target.name} at ${primary.baseUrl}${others > 0 ? ` and ${others} more deployments` : ''}`,
    `Edition ${target.edition}, profile ${target.profile}, agents ${target.agents.join(', ')}`,
    `${planned.cases} cases, about ${planned.requests} requests and ${planned.runs} agent runs`,
  ].join('\n');
}

/** The one line that changes while cases run. */
export function progress(done: number, total: number, latest: Judged): string {
  return `${done}/${total} ${styleText(COLOUR[latest.verdict], MARK[latest.verdict])} ${latest.id}`;
}

/** One verdict as a line of its own. */
export function verdictLine({
  verdict,
  id,
  level,
  reason,
}: Pick<Judged, 'verdict' | 'id' | 'level' | 'reason'>): string {
  return `${styleText(COLOUR[verdict], `${MARK[verdict]} ${verdict.padEnd(6)}`)} ${id} (${level})${reason ? `: ${reason}` : ''}`;
}

/** Chapters down, verdicts across. */
export function table(report: Report, chapters: readonly Chapter[]): string {
  const rows = chapters
    .map(({ name }) => ({ name, cases: report.cases.filter(({ chapter }) => chapter === name) }))
    .filter(({ cases }) => cases.length > 0)
    .map(({ name, cases }) => [
      name,
      ...COLUMNS.map((verdict) => cases.filter((one) => one.verdict === verdict).length),
    ]);
  const total = ['all', ...COLUMNS.map((verdict) => report.summary[verdict])];
  const width = Math.max(...rows.map(([name]) => String(name).length));
  const format = (row: readonly (string | number)[]): string =>
    row.map((cell, at) => (at === 0 ? String(cell).padEnd(width) : String(cell || '·').padStart(7))).join('');
  return [format(['', ...COLUMNS]), ...rows.map(format), format(total)].join('\n');
}

/** Everything about one finding; `again` is the command that judges it alone. */
export function findingText(finding: Finding, again: string): string {
  const { verdict, id, level, says, source, expected, got, reason, transcript, curl } = finding;
  const rows: [string, string | undefined][] = [
    ['promise', says],
    ['source', source],
    ['wanted', expected],
    ['got', got],
    ['why', expected === undefined || verdict === 'stale' ? reason : undefined],
    ['again', again],
    ['curl', curl],
  ];
  return [
    styleText(['bold', ...[COLOUR[verdict]].flat()], `${MARK[verdict]} ${id}  ${level}  ${verdict}`),
    ...rows.flatMap(([name, text]) => (text === undefined ? [] : [`  ${name.padEnd(8)} ${text}`])),
    ...(transcript.length > 0 ? ['  transcript, in ms', ...transcript.map((line) => `  ${line}`)] : []),
  ].join('\n');
}

/** The last line: what the run says about the target as a whole. */
export function conclusion({ report }: Found, filtered: boolean): string {
  const { summary, edition, cases } = report;
  const bad = cases.filter(({ verdict }) => ['fail', 'stale'].includes(verdict)).map(({ id }) => id);
  if (bad.length > 0) return styleText('red', `Not conformant with ${edition}: ${bad.join(', ')}`);
  if (summary.error > 0) return styleText('magenta', `Not judged: ${summary.error} cases could not be judged`);
  const undeclared = cases.filter(({ reason }) => reason.startsWith('not-declared')).length;
  const after = [
    summary.warn > 0 ? `${summary.warn} recommendations not followed` : '',
    summary.waived > 0 ? `${summary.waived} known failures waived` : '',
  ]
    .filter(Boolean)
    .join(', ');
  const ending = after ? `; ${after}` : '';
  if (filtered) return `Passed what was asked for (a filtered run says nothing about the whole)${ending}`;
  if (summary.waived > 0) return `No new deviation from ${edition}${ending}`;
  if (undeclared > 0) {
    return styleText('green', `Conformant with ${edition} as far as judged: ${undeclared} cases not declared${ending}`);
  }
  return styleText('green', `Conformant with ${edition}${ending}`);
}

/** Requirements down, releases across; `-` where one is not in force or not declared. Filtered ones are left out. */
export function releaseTable(reports: readonly Report[]): string {
  const shownCases = reports.flatMap(({ cases }) => cases).filter(({ reason }) => !reason.startsWith('filtered'));
  const ids = [...new Set(shownCases.map(({ id }) => id))];
  const width = Math.max(...ids.map((id) => id.length));
  const head = ''.padEnd(width) + reports.map(({ edition }) => edition.padStart(12)).join('');
  const rows = ids.map((id) => {
    const cells = reports.map(({ cases }) => cases.find((one) => one.id === id)?.verdict);
    const shown = cells.map((verdict) => {
      const text = (verdict === 'skip' ? '-' : (verdict ?? '')).padStart(12);
      return verdict && verdict !== 'skip' ? styleText(COLOUR[verdict], text) : text;
    });
    return id.padEnd(width) + shown.join('');
  });
  return [head, ...rows].join('\n');
}
