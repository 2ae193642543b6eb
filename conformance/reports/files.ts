/** Reports on disk. The texts are made by pure functions; here they get their names. */
import { appendFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compareReleases } from '../editions.ts';
import { annotations } from './annotations.ts';
import { badge } from './badge.ts';
import { html } from './html.ts';
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
export async function writeReport(report: Report, folder: string): Promise<void> {
  await write(filesOf(report), folder);
}

/**
 * Writes what a static host serves: `index.html`, side by side, and for each target `<name>.json` and
 * `<name>.badge.json`. The oldest release stands first.
 */
export async function publish(reports: readonly Report[], folder: string): Promise<void> {
  const steady = reports.map(masked).toSorted((a, b) => compareReleases(a.edition, b.edition));
  const perTarget = steady.flatMap((report): [string, string][] => [
    [`${fileName(report)}.json`, json(report)],
    [`${fileName(report)}.badge.json`, badge(report)],
  ]);
  await write({ 'index.html': html(steady), ...Object.fromEntries(perTarget) }, folder);
}

/** The reports that lie in a folder, in the order of their names; other files are left alone. */
export async function readReports(folder: string): Promise<Report[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json') && !name.endsWith('badge.json'));
  const texts = await Promise.all(names.toSorted().map((name) => readFile(join(folder, name), 'utf8')));
  return texts
    .map((text) => JSON.parse(text) as Report)
    .filter(({ schema }) => schema === 'openclaw-conformance/report@1');
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

async function write(files: Readonly<Record<string, string>>, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)));
}
