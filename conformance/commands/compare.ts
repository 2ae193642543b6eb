/** `npm run compare`: the differences between two reports. */
import { readReport } from '../reports/archive.ts';
import { compared, comparisonExit, comparisonMarkdown, comparisonText } from '../reports/comparison.ts';
import { UsageError } from '../usage-error.ts';
import { readCommandLine } from './command-line.ts';
import { COMPARE } from './report-flags.ts';

const FORMATS = { text: comparisonText, md: comparisonMarkdown };

/**
 * Runs the command.
 *
 * @returns the exit code.
 * @throws {UsageError} for wrong flags, and for a file that is no report.
 */
export function compare(argv: readonly string[], write: (text: string) => void): number {
  const { values, operands } = readCommandLine(argv, COMPARE);
  const [before, after, ...others] = operands;
  if (before === undefined || after === undefined || others.length > 0) {
    throw new UsageError(`Failed to compare: expected two reports, got ${operands.length}. See --help.`);
  }
  const comparison = compared(readReport(before), readReport(after));
  write(`${FORMATS[values.format](comparison)}\n`);
  return comparisonExit(comparison);
}
