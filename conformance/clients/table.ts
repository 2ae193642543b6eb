/** Verdicts on a client, as text for a terminal and as a file. */
import { styleText } from 'node:util';
import { summaryOf } from '../judging/verdict.ts';
import { counted } from '../reports/counted.ts';
import { GLYPH, VERDICTS } from '../reports/verdict-glyphs.ts';
import { chapterOf, type ClientVerdict } from './judge.ts';

const COLOUR: Partial<Record<ClientVerdict['verdict'], Parameters<typeof styleText>[0]>> = {
  fail: 'red',
  warn: 'yellow',
  stale: 'red',
  error: 'magenta',
};

/** What was found, worst first, each with the command that shows it again; then a table of counts. */
export function clientText(verdicts: readonly ClientVerdict[], again: (id: string) => string): string {
  const found = verdicts
    .filter(({ verdict }) => COLOUR[verdict] !== undefined)
    .toSorted((a, b) => VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict));
  const blocks = found.map(({ id, level, verdict, says, source, reason }) =>
    [
      styleText(COLOUR[verdict]!, `${GLYPH[verdict]} ${id}  ${level}  ${verdict}`),
      `  promise  ${says}`,
      `  source   ${source}`,
      `  found    ${reason}`,
      `  again    ${again(id)}`,
    ].join('\n'),
  );
  const unseen = Map.groupBy(
    verdicts.filter(({ verdict }) => verdict === 'unseen'),
    ({ reason }) => reason,
  );
  const silent = [...unseen].map(([reason, of]) => `${GLYPH.unseen} ${of.map(({ id }) => id).join(', ')}: ${reason}`);
  return [...blocks, ...(silent.length > 0 ? [silent.join('\n')] : []), countsOf(verdicts)].join('\n\n');
}

/** Chapters down, verdicts across. */
function countsOf(verdicts: readonly ClientVerdict[]): string {
  const shown = VERDICTS.filter(
    (name) => ['pass', 'fail', 'warn', 'unseen'].includes(name) || verdicts.some(({ verdict }) => verdict === name),
  );
  const chapters = [...Map.groupBy(verdicts, ({ id }) => chapterOf(id)), ['all', verdicts] as const];
  const rows = chapters.map(([name, of]) => [name, ...shown.map((verdict) => String(summaryOf(of)[verdict] || '·'))]);
  return [['', ...shown], ...rows]
    .map(([name, ...cells]) => name!.padEnd(14) + cells.map((cell) => cell.padStart(7)).join(''))
    .join('\n');
}

/** The last line. */
export function clientConclusion(verdicts: readonly ClientVerdict[], filtered: boolean): string {
  const { fail, warn, pass, unseen, error, stale, waived } = summaryOf(verdicts);
  if (fail + stale > 0) {
    const ids = verdicts.filter(({ verdict }) => verdict === 'fail' || verdict === 'stale').map(({ id }) => id);
    return `Breaks the contract: ${ids.slice(0, 10).join(', ')}${ids.length > 10 ? ` and ${ids.length - 10} more` : ''}`;
  }
  if (error > 0) return `Not judged: ${counted(error, 'requirement')} could not be judged`;
  if (pass + warn + waived === 0) return 'Not judged: the client did nothing that could be judged';
  const parts = [`${counted(pass, 'requirement')} kept`, `${unseen} not observed`];
  if (warn > 0) parts.push(`${counted(warn, 'recommendation')} not followed`);
  if (waived > 0) parts.push(`${counted(waived, 'known failure')} waived`);
  return `${filtered ? 'Passed what was selected' : 'Keeps the contract, as far as observed'}: ${parts.join(', ')}`;
}

/** The verdicts as `client.json` of `--out`. */
export function clientJson(client: string, verdicts: readonly ClientVerdict[]): string {
  const report = { schema: 'openclaw-client/report@1', client, summary: summaryOf(verdicts), requirements: verdicts };
  return `${JSON.stringify(report, null, 2)}\n`;
}
