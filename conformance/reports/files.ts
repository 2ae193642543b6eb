/** Reports on disk. The texts are made by pure functions; here they get their names. */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compareReleases } from '../editions.ts';
import { annotations } from './annotations.ts';
import { readReports } from './archive.ts';
import { badge } from './badge.ts';
import { writeFiles } from './folder.ts';
import { html } from './html/html.ts';
import { junit } from './junit.ts';
import { markdown } from './markdown.ts';
import { masked } from './masks.ts';
import type { Report } from './report.ts';

/** What is written about one target, by file name. Volatile values are masked. */
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

/** Writes all formats about one target into a folder, which is made. */
export function writeReport(report: Report, folder: string): void {
  writeFiles(filesOf(report), folder);
}

/** The same of one target among others: `<name>.json`, and the other formats in the folder `<name>`. */
export function writeAmongOthers(report: Report, name: string, folder: string): void {
  const { 'report.json': text, ...others } = filesOf(report);
  writeFiles({ [`${name}.json`]: text! }, folder);
  writeFiles(others, join(folder, name));
}

/** Writes `index.html`: the targets side by side, the oldest release first. */
export function writeIndex(reports: readonly Report[], folder: string): void {
  writeFiles({ 'index.html': html(inOrder(reports.map(masked))) }, folder);
}

/**
 * Writes what a static host serves: `index.html`, and for each target `<name>.json` and `badges/<name>.json`. Reports
 * that are there already stay, but for those of the same targets.
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
    (a, b) => compareReleases(a.edition, b.edition) || a.target.name.localeCompare(b.target.name, 'en'),
  );
}

/** On GitHub's machines: annotations on the log, and the Markdown as the summary of the step. */
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

/** `openclaw 2026.9.6` is called by its release, anything else by its name. */
function fileName({ target, edition }: Report): string {
  return target.name === `openclaw ${edition}` ? edition : target.name.replace(/[^\w.-]+/g, '-');
}
