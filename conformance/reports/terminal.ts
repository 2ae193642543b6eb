/** Text for a terminal. Pure. */
import { styleText } from 'node:util';
import type { Target } from '../dial/target.ts';
import type { Judged } from '../judging/judge.ts';
import type { VerdictName } from '../judging/verdict.ts';
import type { Chapter } from '../vocabulary/chapter.ts';
import type { Moment } from '../wire/transcript.ts';
import { conclusionOf, type Conclusion } from './conclusion.ts';
import type { Finding, Report } from './report.ts';
import { GLYPH, VERDICTS } from './verdict-glyphs.ts';

const COLOUR: Record<VerdictName, Parameters<typeof styleText>[0]> = {
  pass: 'green',
  fail: 'red',
  warn: 'yellow',
  note: 'blue',
  skip: 'gray',
  waived: 'cyan',
  stale: 'red',
  error: 'magenta',
  unseen: 'gray',
};

/** The header before the first request: target, edition, and the cost of the planned cases. */
export function opening(target: Target, planned: { cases: number; requests: number; runs: number }): string {
  const [primary] = target.deployments;
  const others = target.deployments.length - 1;
  return [
    `Judging ${target.name} at ${primary.baseUrl}${others > 0 ? ` and ${others} more deployments` : ''}`,
    `Edition ${target.edition}, profile ${target.profile}, agents ${target.agents.join(', ')}`,
    `${planned.cases} cases, about ${planned.requests} requests and ${planned.runs} agent runs`,
  ].join('\n');
}

/** The progress line, which each case overwrites. */
export function progress(done: number, total: number, latest: Judged): string {
  return `${done}/${total} ${styleText(COLOUR[latest.verdict], GLYPH[latest.verdict])} ${latest.id}`;
}

/** One verdict on one line. */
export function verdictLine({
  verdict,
  id,
  level,
  reason,
}: Pick<Judged, 'verdict' | 'id' | 'level' | 'reason'>): string {
  return `${styleText(COLOUR[verdict], `${GLYPH[verdict]} ${verdict.padEnd(6)}`)} ${id} (${level})${reason ? `: ${reason}` : ''}`;
}

/** A table of counts: chapters down, verdicts across. */
export function table(report: Report, chapters: readonly Chapter[]): string {
  const shown = VERDICTS.filter((verdict) => verdict !== 'unseen' || report.summary.unseen > 0);
  const rows = chapters
    .map(({ name }) => ({ name, cases: report.cases.filter(({ chapter }) => chapter === name) }))
    .filter(({ cases }) => cases.length > 0)
    .map(({ name, cases }) => [name, ...shown.map((verdict) => cases.filter((one) => one.verdict === verdict).length)]);
  const total = ['all', ...shown.map((verdict) => report.summary[verdict])];
  const width = Math.max(...rows.map(([name]) => String(name).length));
  const format = (row: readonly (string | number)[]): string =>
    row.map((cell, at) => (at === 0 ? String(cell).padEnd(width) : String(cell || '·').padStart(7))).join('');
  return [format(['', ...shown]), ...rows.map(format), format(total)].join('\n');
}

/**
 * All details of one finding.
 *
 * @param again the command that judges it alone.
 */
export function findingText(finding: Finding, again: string): string {
  const { verdict, id, level, says, source, reason, evidence } = finding;
  const { expected, got, exchanges, curl, history, breaks } = evidence;
  const rows: [string, string | undefined][] = [
    ['promise', says],
    ['source', source],
    ['expected', expected],
    ['got', got],
    ['reason', expected === undefined || verdict === 'stale' ? reason : undefined],
    ...breaks.map(({ client, breaks: effect, issue }): [string, string] => [
      'breaks',
      `${client}: ${effect} (${issue})`,
    ]),
    ['again', again],
    ...(history ?? []).map((line): [string, string] => ['history', line]),
    ['curl', history ? undefined : curl],
  ];
  return [
    styleText(['bold', ...[COLOUR[verdict]].flat()], `${GLYPH[verdict]} ${id}  ${level}  ${verdict}`),
    ...rows.flatMap(([name, text]) => (text === undefined ? [] : [`  ${name.padEnd(8)} ${text}`])),
    ...(exchanges.length > 0 ? ['  transcript, in ms', ...exchanges.flat().map((one) => `  ${momentLine(one)}`)] : []),
  ].join('\n');
}

const SIDE: Record<Moment['side'], string> = { sent: '→', came: '←', note: '·' };

/** One line of a transcript, beginning with its time in ms. */
export function momentLine({ at, side, text }: Moment): string {
  return `${(at?.toFixed(1) ?? '').padStart(9)} ${SIDE[side]} ${text}`;
}

const MOOD: Record<Conclusion['mood'], Parameters<typeof styleText>[0]> = {
  good: 'green',
  bad: 'red',
  unsure: 'magenta',
  plain: 'reset',
};

/** The last line, the conclusion; `strict` as for `conclusionOf`. */
export function conclusion(report: Report, strict = false): string {
  const { mood, text } = conclusionOf(report, strict);
  return styleText(MOOD[mood], text);
}

/** Requirements down, releases across; `-` for a skipped one. Filtered requirements are left out. */
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
