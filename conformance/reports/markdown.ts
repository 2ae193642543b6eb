/** GitHub-flavoured Markdown for the summary of a CI step. */
import { causeText, causesOf, type Cause } from './causes.ts';
import { conclusionOf } from './conclusion.ts';
import { hurtText } from './hurt-clients.ts';
import type { Finding, Report } from './report.ts';
import { momentLine } from './terminal.ts';
import { GLYPH, VERDICTS } from './verdict-glyphs.ts';

/** Beyond this many characters, findings are shown without transcripts: GitHub accepts 1 MiB for each step. */
const MOST = 500_000;

/** The conclusion, a table of verdicts by chapter, the causes, and each finding in a collapsed block. */
export function markdown(report: Report): string {
  const { suite, target, edition, profile } = report;
  const causes = causesOf(report);
  const findings = causes.flatMap((cause) => cause.findings);
  const texts: string[] = [];
  for (const finding of findings) {
    const used = texts.reduce((sum, text) => sum + text.length, 0);
    texts.push(findingText(finding, used < MOST));
  }
  return [
    `## ${plain(target.name)}`,
    `**${plain(conclusionOf(report).text)}**`,
    `Contract as of ${edition}, profile ${profile}, agents ${plain(target.agents.join(', '))}, ` +
      `deployments ${plain(target.deployments.join(', '))}${target.insecure ? ', certificate not checked' : ''}. Suite ${suite.version}, contract \`${suite.contractHash}\`.`,
    plain((target.mended ?? []).join(' ')),
    table(report),
    causes.length < findings.length ? causesText(causes, report) : '',
    ...texts,
    waivedText(report),
  ]
    .filter(Boolean)
    .join('\n\n')
    .concat('\n');
}

function table({ cases, summary }: Report): string {
  const shown = VERDICTS.filter((verdict) => summary[verdict] > 0);
  const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  const chapters = [...new Set(cases.map(({ chapter }) => chapter))];
  return [
    row(['chapter', ...shown.map((verdict) => `${GLYPH[verdict]} ${verdict}`)]),
    row(['---', ...shown.map(() => '--:')]),
    ...chapters.map((name) =>
      row([
        name,
        ...shown.map((verdict) => cases.filter((one) => one.chapter === name && one.verdict === verdict).length || ''),
      ]),
    ),
    row(['**all**', ...shown.map((verdict) => `**${summary[verdict]}**`)]),
  ].join('\n');
}

/** A list of causes, which findings share. */
function causesText(causes: readonly Cause[], report: Report): string {
  return causes.map((cause) => `- ${GLYPH[cause.verdict]} ${plain(causeText(cause, report, Infinity))}`).join('\n');
}

function findingText({ id, level, verdict, says, source, reason, evidence }: Finding, whole: boolean): string {
  const { expected, got, exchanges, curl, history, breaks, hurt = [] } = evidence;
  const lines = [
    ...(expected === undefined || verdict === 'stale'
      ? [`reason    ${reason}`]
      : [`expected  ${expected}`, `got       ${got}`]),
    ...(whole ? exchanges.flat().map(momentLine) : []),
    ...(whole && curl !== undefined ? ['', ...(history ?? [curl])] : []),
  ];
  return [
    `<details><summary>${GLYPH[verdict]} <code>${id}</code> ${level}: ${plain(says)}</summary>`,
    `[Source](${source})`,
    ...breaks.map(({ client, breaks: effect, issue }) => `${plain(`${client}: ${effect}`)} ([issue](${issue}))`),
    ...hurt.map((group) => plain(hurtText(group))),
    fenced(lines.join('\n')),
    '</details>',
  ].join('\n\n');
}

function waivedText({ cases }: Report): string {
  const waived = cases.filter(({ verdict }) => verdict === 'waived');
  if (waived.length === 0) return '';
  const lines = waived.map(({ id, level, reason }) => `- \`${id}\` (${level}): ${plain(reason)}`);
  return [`<details><summary>${waived.length} known failures</summary>`, lines.join('\n'), '</details>'].join('\n\n');
}

/** A code block whose fence is longer than any in the text. */
function fenced(text: string): string {
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  return `${fence}text\n${text}\n${fence}`;
}

/** Escapes a text for Markdown and for cells of its tables. */
export const plain = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/[\\`*_[\]|~#@]/g, '\\$&');
