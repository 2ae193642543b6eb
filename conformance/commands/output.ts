/** What a run found, in the form that the flags ask for, and its exit code. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { chapters } from '../chapters/index.ts';
import { exitCode } from '../judging/verdict.ts';
import { readReport } from '../reports/archive.ts';
import { causesOf } from '../reports/causes.ts';
import { compared, comparisonExit, comparisonText } from '../reports/comparison.ts';
import { documentOf, tellGitHub, writeReport } from '../reports/files.ts';
import { findingsOf, type Report } from '../reports/report.ts';
import { causesText, conclusion, table, unjudged } from '../reports/terminal.ts';
import type { Surroundings } from './command-line.ts';
import type { Flags } from './conformance-flags.ts';

/** The report at a path: a file, or a folder that `--out` wrote. */
export function reportAt(path: string): Report {
  const folder = statSync(path, { throwIfNoEntry: false })?.isDirectory();
  return readReport(folder ? join(path, 'report.json') : path);
}

/** The requirements that did not hold in the run that wrote the folder; none when there is no report. */
export function failedIn(folder: string): string[] {
  const file = join(folder, 'report.json');
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return [];
  return findingsOf(readReport(file)).map(({ id }) => id);
}

/** What `told` is given beside the report. */
interface Run {
  readonly flags: Flags;
  readonly world: Surroundings;
  /** The command that judges a requirement alone. */
  readonly again: (id: string) => string;
  /** The report to compare with. */
  readonly baseline?: Report | undefined;
  /** Requirements that were not judged because the run ended. */
  readonly unreached?: ReadonlySet<string>;
  /** Why it ended; one line. */
  readonly ended?: string | undefined;
}

/** Tells it; resolves to the exit code. */
export async function told(report: Report, run: Run): Promise<number> {
  const { flags, world, baseline } = run;
  const comparison = baseline && compared(baseline, report);
  if (flags.format !== undefined) world.write(documentOf(report, flags.format));
  else if (!flags.json) {
    world.write(textOf(report, run));
    if (comparison) world.write(`${comparisonText(comparison)}\n`);
    await tellGitHub([report], world);
  }
  if (flags.out !== undefined) writeReport(report, flags.out);
  return comparison ? comparisonExit(comparison) : exitCode(report.summary, flags.strict);
}

function textOf(report: Report, { flags, again, unreached, ended }: Run): string {
  const causes = causesOf({ cases: report.cases.filter(({ id }) => !unreached?.has(id)) });
  const left = unjudged(report);
  return [
    causes.length > 0 ? `${causesText(causes, report, again)}\n\n` : '',
    `${table(report, chapters)}\n`,
    left === '' ? '\n' : `${left}\n\n`,
    ended === undefined ? '' : `${ended}\n`,
    `${conclusion(report, flags.strict)}\n`,
  ].join('');
}
