/** Markdown for the summary of a CI step: GitHub's flavour. */
import { conclusionOf } from './conclusion.ts';
import { findingsOf, type Finding, type Report } from './report.ts';
import { momentLine } from './terminal.ts';
import { MARK, VERDICTS } from './verdict-glyphs.ts';

/** GitHub takes a MiB for a step; the findings that no longer fit, in characters, are named without their transcript. */
const MOST = 500_000;

export function markdown(report: Report): string {
  const { suite, target, edition, profile } = report;
  const findings = findingsOf(report);
  const texts: string[] = [];
  for (const finding of findings) {
    const used = texts.reduce((sum, text) => sum + text.length, 0);
    texts.push(findingText(finding, used < MOST));
  }
  return [
    `## ${plain(target.name)}`,
    `**${plain(conclusionOf(report).text)}**`,
    `Contract as of ${edition}, profile ${profile}, agents ${plain(target.agents.join(', '))}, ` +
      `deployments ${plain(target.deployments.join(', '))}. Suite ${suite.version}, contract \`${suite.contractHash}\`.`,
    table(report),
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
    row(['chapter', ...shown.map((verdict) => `${MARK[verdict]} ${verdict}`)]),
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

function findingText({ id, level, verdict, says, source, reason, evidence }: Finding, whole: boolean): string {
  const { expected, got, exchanges, curl, breaks } = evidence;
  const lines = [
    ...(expected === undefined || verdict === 'stale'
      ? [`why     ${reason}`]
      : [`wanted  ${expected}`, `got     ${got}`]),
    ...(whole ? exchanges.flat().map(momentLine) : []),
    ...(whole && curl !== undefined ? ['', curl] : []),
  ];
  return [
    `<details><summary>${MARK[verdict]} <code>${id}</code> ${level}: ${plain(says)}</summary>`,
    `[Where it stands](${source})`,
    ...breaks.map(({ client, breaks, issue }) => `${plain(`${client}: ${breaks}`)} ([issue](${issue}))`),
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

/** A fence longer than any in the text. */
function fenced(text: string): string {
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  return `${fence}text\n${text}\n${fence}`;
}

/** A text in which Markdown finds nothing to interpret. */
export const plain = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/[\\`*_[\]|~#@]/g, '\\$&');
