/** `npm run merge`: merges the reports of several machines into one report for each release. */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { EXIT, exitCode, isConformant, summaryOf } from '../judging/verdict.ts';
import { isFiltered, readReport, reportFiles } from '../reports/archive.ts';
import { readyFolder, writeFiles } from '../reports/output-folder.ts';
import type { Report, ReportCase } from '../reports/report.ts';
import { releaseTable } from '../reports/terminal.ts';
import { UsageError } from '../usage-error.ts';
import { readCommandLine } from './command-line.ts';
import { MERGE } from './report-flags.ts';

/**
 * Runs the command.
 *
 * @returns the exit code.
 * @throws {UsageError} for wrong flags, and for reports that do not fit together.
 */
export function merge(argv: readonly string[], write: (text: string) => void): number {
  const { values, operands } = readCommandLine(argv, MERGE);
  const files = operands.flatMap(reportsIn);
  if (files.length === 0) throw new UsageError('Failed to merge: expected folders with reports, got none. See --help.');
  const { out } = values;
  readyFolder('--out', out);
  const read = files.map((file) => ({ name: basename(file), part: readReport(file) }));
  oneSuite(read.map(({ part }) => part));
  const named = [...Map.groupBy(read, ({ name }) => name)].map(
    ([name, parts]) => [name, merged(parts.map(({ part }) => part))] as const,
  );
  writeFiles(Object.fromEntries(named.map(([name, report]) => [name, `${JSON.stringify(report, null, 2)}\n`])), out);
  const reports = named.map(([, report]) => report);
  write(`${releaseTable(reports, values.verbose)}\n`);
  for (const { target, cases } of reports) {
    const left = cases.filter(isFiltered).length;
    if (left > 0) write(`Of ${target.name}, ${left} cases are in none of the parts.\n`);
  }
  const exits = reports.map(({ summary }) => exitCode(summary, true));
  return exits.includes(EXIT.violated) ? EXIT.violated : Math.max(...exits);
}

/**
 * Merges the parts of one release into one report.
 *
 * @throws {UsageError} when the parts come from different suites or targets, or have different verdicts on one case.
 */
export function merged(parts: readonly Report[]): Report {
  oneSuite(parts);
  const [first] = parts;
  const strange = parts.find(
    ({ target, edition, profile }) =>
      target.name !== first!.target.name || edition !== first!.edition || profile !== first!.profile,
  );
  if (strange) {
    const got = `${strange.target.name} as of ${strange.edition}`;
    throw differ(`one release, ${first!.target.name} as of ${first!.edition}`, got);
  }
  const named = (part: Report): string => part.cases.map(({ id }) => id).join(' ');
  if (parts.some((part) => named(part) !== named(first!))) {
    throw differ('the same cases in every part', `others in a part of ${first!.target.name}`);
  }
  const cases = first!.cases.map(({ id }, at): ReportCase => {
    const found = parts.map((part) => part.cases[at]!);
    const [judged, again] = found.filter((one) => !isFiltered(one) && one.verdict !== 'skip');
    if (judged && again && judged.verdict !== again.verdict) {
      throw differ(`one verdict on ${id}`, `${judged.verdict} and ${again.verdict}`);
    }
    // A skip for another reason takes precedence over a filtered one, which only means that another part has the case.
    return judged ?? found.find((one) => !isFiltered(one)) ?? found[0]!;
  });
  const summary = summaryOf(cases);
  return {
    ...first!,
    target: { ...first!.target, deployments: [...new Set(parts.flatMap(({ target }) => target.deployments))] },
    conformant: isConformant(summary, cases.some(isFiltered)),
    summary,
    cases,
  };
}

function oneSuite(parts: readonly Report[]): void {
  const suites = new Set(parts.map(({ suite }) => `${suite.version} (contract ${suite.contractHash})`));
  if (suites.size > 1) throw differ('reports of one suite', [...suites].join(' and '));
}

function differ(expected: string, got: string): UsageError {
  return new UsageError(`Failed to merge: expected ${expected}, got ${got}.`);
}

function reportsIn(folder: string): string[] {
  try {
    if (statSync(folder).isFile()) return [folder];
    return reportFiles(folder);
  } catch (cause) {
    const got = (cause as NodeJS.ErrnoException).code;
    throw new UsageError(`Failed to merge ${folder}: expected a folder with reports, got ${got}.`);
  }
}
