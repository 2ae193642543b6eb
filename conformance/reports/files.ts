/** Writes reports to disk: pure functions make the texts, this file names them. */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compareByLine } from '../editions.ts';
import { annotations } from './annotations.ts';
import { readReports } from './archive.ts';
import { badge } from './badge.ts';
import { ctrf } from './ctrf.ts';
import { writeFiles } from './output-folder.ts';
import { html } from './html/html.ts';
import { junit } from './junit.ts';
import { markdown } from './markdown.ts';
import { masked } from './masks.ts';
import type { Report } from './report.ts';

/** The files about one target, text by file name. Volatile values are masked. */
export function filesOf(report: Report): Record<string, string> {
  const steady = masked(report);
  return {
    'report.json': json(steady),
    'junit.xml': junit(steady),
    'report.md': markdown(steady),
    'badge.json': badge(steady),
    'report.html': html([steady]),
  };
}

/** Writes every format about one target into a folder, creating it. */
export function writeReport(report: Report, folder: string): void {
  writeFiles(filesOf(report), folder);
}

/** The same for one of several targets: `<name>.json`, and the other formats in the folder `<name>`. */
export function writeAmongOthers(report: Report, name: string, folder: string): void {
  const { 'report.json': text, ...others } = filesOf(report);
  writeFiles({ [`${name}.json`]: text! }, folder);
  writeFiles(others, join(folder, name));
}

/** Writes `index.html`, which compares the targets, oldest release first. */
export function writeIndex(reports: readonly Report[], folder: string): void {
  writeFiles({ 'index.html': html(inOrder(reports.map(masked))) }, folder);
}

/**
 * Writes the files for a static host: `index.html`, and for each target `<name>.json` and `badges/<name>.json`. Reports
 * already in the folder are kept, except those of the same targets.
 */
export function publish(reports: readonly Report[], folder: string): void {
  const all = new Map([...readReports(folder), ...reports].map((report) => [fileName(report), masked(report)]));
  const named = [...all].map(([name, report]) => [`${name}.json`, report] as const);
  writeFiles(Object.fromEntries(named.map(([name, report]) => [name, json(report)])), folder);
  writeFiles(Object.fromEntries(named.map(([name, report]) => [name, badge(report)])), join(folder, 'badges'));
  writeIndex([...all.values()], folder);
}

function inOrder(reports: readonly Report[]): Report[] {
  return reports.toSorted(
    (a, b) => compareByLine(a.edition, b.edition) || a.target.name.localeCompare(b.target.name, 'en'),
  );
}

/** In GitHub Actions (`GITHUB_ACTIONS=true`): writes annotations to the log, and appends the Markdown to the step summary. */
export async function tellGitHub(
  reports: readonly Report[],
  { env, write }: { env: Readonly<Record<string, string | undefined>>; write: (text: string) => void },
): Promise<void> {
  if (env.GITHUB_ACTIONS !== 'true') return;
  const steady = reports.map(masked);
  write(steady.map(annotations).join(''));
  if (env.GITHUB_STEP_SUMMARY) await appendFile(env.GITHUB_STEP_SUMMARY, steady.map(markdown).join('\n'));
}

const json = (report: Report): string => `${JSON.stringify(report, null, 2)}\n`;

/** The formats of a report that `--format` writes. */
const FORMATS = { json, junit, markdown, ctrf } as const;

/** The report as one document. Volatile values are masked. */
export const documentOf = (report: Report, format: keyof typeof FORMATS): string => FORMATS[format](masked(report));

/** The release for `openclaw 2026.9.6`, else the name. */
function fileName({ target, edition }: Report): string {
  return target.name === `openclaw ${edition}` ? edition : target.name.replace(/[^\w.-]+/g, '-').replace(/^-/, '');
}
