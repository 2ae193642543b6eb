/** `npm run compare`: the differences between two reports. */
import { EXIT } from '../judging/verdict.ts';
import { readReport } from '../reports/archive.ts';
import { compared, comparisonExit, comparisonMarkdown, comparisonText } from '../reports/comparison.ts';
import { invocation } from '../reports/invocation.ts';
import { UsageError } from '../usage-error.ts';
import { readArgv } from './usage.ts';

/** The text of `--help`, without a final newline. */
export const COMPARE_HELP = `${invocation('compare')} BEFORE.json AFTER.json [--format text|md]

Prints which requirements newly fail, pass, are skipped, are absent, or fail differently.
A waived failure is a failure: adding a waiver makes no requirement pass.

Exit: 0 no new failure, 1 a new failure, 2 wrong usage, 3 a requirement can no longer be judged.`;

const FORMATS = { text: comparisonText, md: comparisonMarkdown };

/**
 * Runs the command.
 *
 * @returns the exit code.
 * @throws {UsageError} for wrong flags, and for a file that is no report.
 */
export function compare(argv: readonly string[], write: (text: string) => void): number {
  const { values, positionals } = readArgv(argv, { options: OPTIONS, allowPositionals: true });
  if (values.help) {
    write(`${COMPARE_HELP}\n`);
    return EXIT.good;
  }
  const [before, after, ...others] = positionals;
  if (before === undefined || after === undefined || others.length > 0) {
    throw new UsageError(`Failed to compare: expected two reports, got ${positionals.length}. See --help.`);
  }
  const format = values.format ?? 'text';
  if (!Object.hasOwn(FORMATS, format)) {
    throw new UsageError(`Failed to read --format: expected text or md, got "${format}". See --help.`);
  }
  const comparison = compared(readReport(before), readReport(after));
  write(`${FORMATS[format as keyof typeof FORMATS](comparison)}\n`);
  return comparisonExit(comparison);
}

const OPTIONS = { format: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const;
