/** Text for a terminal. Pure. */
import { styleText } from 'node:util';
import type { Target } from '../dial/target.ts';
import type { Judged } from '../judging/judge.ts';
import type { VerdictName } from '../judging/verdict.ts';
import type { Chapter } from '../vocabulary/chapter.ts';
import type { Moment } from '../wire/transcript.ts';
import { causeText, type Cause } from './causes.ts';
import { conclusionOf, type Conclusion } from './conclusion.ts';
import { counted } from './counted.ts';
import { hurtText } from './hurt-clients.ts';
import type { Finding, Report } from './report.ts';
import { GLYPH, MEANING, VERDICTS } from './verdict-glyphs.ts';

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

/** The header before the first request: target, edition, and the cost of the planned cases out of `total`. */
export function opening(
  target: Target,
  planned: { cases: number; total: number; requests: number; runs: number },
): string {
  const [primary] = target.deployments;
  const others = target.deployments.length - 1;
  return [
    `Judging ${target.name} at ${primary.baseUrl}${others > 0 ? ` and ${counted(others, 'more deployment')}` : ''}`,
    `Edition ${target.edition}, profile ${target.profile}, agents ${target.agents.join(', ')}${target.insecure ? ', certificate not checked' : ''}`,
    `${planned.cases} of ${counted(planned.total, 'case')}, about ${counted(planned.requests, 'request')} and ${counted(planned.runs, 'agent run')}`,
  ].join('\n');
}

/** The progress line, which each case overwrites. */
export function progress(done: number, total: number, latest: Judged): string {
  return `${done}/${total} ${styleText(COLOUR[latest.verdict], GLYPH[latest.verdict])} ${latest.id}`;
}

/** A table of counts: chapters down, verdicts across. What was not selected is left out, and chapters of which nothing was judged. */
export function table(report: Report, chapters: readonly Chapter[]): string {
  const shown = VERDICTS.filter((verdict) => verdict !== 'unseen' || report.summary.unseen > 0);
  const selected = report.cases.filter(({ reason }) => !reason.startsWith('filtered'));
  const rows = chapters
    .map(({ name }) => ({ name, cases: selected.filter(({ chapter }) => chapter === name) }))
    .filter(({ cases }) => cases.some(({ verdict }) => verdict !== 'skip'))
    .map(({ name, cases }) => [name, ...shown.map((verdict) => cases.filter((one) => one.verdict === verdict).length)]);
  const total = ['all', ...shown.map((verdict) => selected.filter((one) => one.verdict === verdict).length)];
  const width = Math.max('all'.length, ...rows.map(([name]) => String(name).length));
  const format = (row: readonly (string | number)[]): string =>
    row.map((cell, at) => (at === 0 ? String(cell).padEnd(width) : String(cell || '·').padStart(7))).join('');
  return [format(['', ...shown]), ...rows.map(format), format(total)].join('\n');
}

/** Most dates of one kind that a line names. */
const DATES = 3;

/** On one line, why cases were skipped, and what notes are; '' when there are none. */
export function unjudged({ cases, summary }: Report): string {
  const skips = cases.filter(({ verdict }) => verdict === 'skip');
  const dated = Map.groupBy(skips, ({ reason }) => {
    const [, from, until] = /^not-in-force: from (\S+) (?:on|until (\S+))$/.exec(reason) ?? [];
    return from && (until ? `since ${until}` : `before ${from}`);
  });
  const undated = dated.get(undefined) ?? [];
  dated.delete(undefined);
  const old = skips.length - undated.length;
  const missing = undated.filter(({ reason }) => /^not-declared: (?!profile core)/.test(reason));
  const needs = new Set(missing.flatMap(({ reason }) => [...reason.matchAll(/ no ([^,]+)/g)].map(([, need]) => need)));
  const count = (start: string): number => undated.filter(({ reason }) => reason.startsWith(start)).length;
  const core = count('not-declared: profile core');
  const filtered = count('filtered');
  return [
    ...(dated.size > DATES
      ? [`${old} not in force in this edition`]
      : [...dated].map(([when, { length }]) => `${length} not in force ${when}`)),
    core > 0 ? `${core} not in profile core` : '',
    missing.length > 0 ? `${missing.length} not declared by the target: ${[...needs].join(', ')}` : '',
    filtered > 0 ? `${filtered} not selected` : '',
    summary.note > 0 ? `${counted(summary.note, 'note')}: ${MEANING.note}` : '',
  ]
    .filter(Boolean)
    .join('; ');
}

/** Most causes of a chapter whose answers are shown, most names of one family, and most moments of one answer. */
const SHOWN = 3;
const SHOWN_IDS = 12;
/** Clients that are named of a cause. */
const SHOWN_CLIENTS = 12;
const MOMENTS = 4;

/**
 * Every cause once: one alone with all details of its first finding, several in brief.
 *
 * @param again the command that judges the requirement of an id alone.
 */
export function causesText(causes: readonly Cause[], report: Report, again: (id: string) => string): string {
  const [sole, other] = causes;
  if (!sole) return '';
  if (!other) {
    const [finding] = sole.findings as readonly [Finding, ...Finding[]];
    const head = sole.findings.length > 1 ? `${causeLine(sole, report)}\n` : '';
    return `${head}${findingText(finding, again(finding.id))}`;
  }
  const told = new Map<string, number>();
  const blocks = causes.map((cause) => {
    const { chapter } = cause.findings[0]!;
    told.set(chapter, (told.get(chapter) ?? 0) + 1);
    return told.get(chapter)! > SHOWN ? causeLine(cause, report) : inBrief(cause, report);
  });
  return [...blocks, `All of one requirement: ${again('ID')}`].join('\n\n');
}

/** One cause on one line, with its ids. */
function causeLine(cause: Cause, report: Report): string {
  const { verdict } = cause;
  return `${styleText(COLOUR[verdict], `${GLYPH[verdict]} ${verdict.padEnd(6)}`)} ${causeText(cause, report, SHOWN_IDS)}`;
}

/** A cause with what came in its first finding. What was sent is in the command. */
function inBrief(cause: Cause, report: Report): string {
  const { says, evidence } = cause.findings[0]!;
  const clients = new Set(
    cause.findings.flatMap(({ evidence: { breaks, hurt = [] } }) => [
      ...breaks.map(({ client }) => client),
      ...hurt.flatMap((group) => group.clients),
    ]),
  );
  const more = clients.size - SHOWN_CLIENTS;
  const came = (evidence.exchanges.at(-1) ?? []).filter(({ side }) => side !== 'sent').map(momentLine);
  const left = came.length - MOMENTS + 1;
  if (left > 1) came.splice(1, left, `          … ${left} more`);
  return [
    causeLine(cause, report),
    `  promise  ${says}`,
    ...(clients.size > 0
      ? [`  breaks   ${[...clients].slice(0, SHOWN_CLIENTS).join('; ')}${more > 0 ? ` and ${more} more` : ''}`]
      : []),
    ...(evidence.curl === undefined ? [] : [`  curl     ${evidence.curl}`]),
    ...came.map((line) => `  ${line}`),
  ].join('\n');
}

/**
 * All details of one finding.
 *
 * @param again the command that judges it alone.
 */
export function findingText(finding: Finding, again: string): string {
  const { verdict, id, level, says, source, reason, evidence } = finding;
  const { expected, got, exchanges, curl, history, breaks, hurt = [] } = evidence;
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
    ...hurt.map((group): [string, string] => ['breaks', hurtText(group)]),
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

/** Verdicts that say no more than that nothing is wrong. */
const PLAIN: readonly (VerdictName | undefined)[] = ['pass', 'note', 'skip', undefined];

/**
 * Requirements down, releases across; `-` for a skipped one. Filtered requirements are left out.
 *
 * @param verbose also those in which nothing is wrong in any release; else they are counted.
 */
export function releaseTable(reports: readonly Report[], verbose: boolean): string {
  const verdicts = reports.map(({ cases }) => new Map(cases.map((one) => [one.id, one])));
  const shownCases = reports.flatMap(({ cases }) => cases).filter(({ reason }) => !reason.startsWith('filtered'));
  const ids = [...new Set(shownCases.map(({ id }) => id))];
  const told = ids.filter((id) => verbose || verdicts.some((cases) => !PLAIN.includes(cases.get(id)?.verdict)));
  const width = Math.max(...told.map((id) => id.length), 0);
  const names = reports.map(({ target }) => target.name.replace(/^openclaw (?=\d)/, ''));
  const wide = names.map((name) => Math.max(12, name.length + 2));
  const head = ''.padEnd(width) + names.map((name, at) => name.padStart(wide[at]!)).join('');
  const rows = told.map((id) => {
    const shown = verdicts.map((cases, at) => {
      const verdict = cases.get(id)?.verdict;
      const text = (verdict === 'skip' ? '-' : (verdict ?? '')).padStart(wide[at]!);
      return verdict && verdict !== 'skip' ? styleText(COLOUR[verdict], text) : text;
    });
    return id.padEnd(width) + shown.join('');
  });
  const others = ids.length - told.length;
  const left = others > 0 ? [`${counted(others, 'requirement')} without a fault in any release (--verbose)`] : [];
  return [...(rows.length > 0 ? [head, ...rows] : []), ...left].join('\n');
}
