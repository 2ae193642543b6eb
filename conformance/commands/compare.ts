/** `npm run compare`: the differences between two reports. */
import { readReport } from '../reports/archive.ts';
import { clientsExit, compared, comparisonExit, comparisonMarkdown, comparisonText } from '../reports/comparison.ts';
import { HURT_CLIENTS } from '../reports/hurt-clients.ts';
import { UsageError } from '../usage-error.ts';
import { readCommandLine } from './command-line.ts';
import { COMPARE } from './report-flags.ts';

/** Asks about every measured client. */
const ALL = 'all';

const FORMATS = { text: comparisonText, md: comparisonMarkdown };

/**
 * Runs the command.
 *
 * @returns the exit code.
 * @throws {UsageError} for wrong flags, for a client that was not measured, and for a file that is no report.
 */
export function compare(argv: readonly string[], write: (text: string) => void): number {
  const { values, operands } = readCommandLine(argv, COMPARE);
  const [before, after, ...others] = operands;
  if (before === undefined || after === undefined || others.length > 0) {
    throw new UsageError(`Failed to compare: expected two reports, got ${operands.length}. See --help.`);
  }
  const clients = values.clients.includes(ALL) ? HURT_CLIENTS : values.clients;
  const unknown = clients.find((id) => !HURT_CLIENTS.includes(id));
  if (unknown !== undefined) {
    throw new UsageError(
      `Failed to compare: expected ${ALL} or a measured client, got "${unknown}". Measured: ${HURT_CLIENTS.join('; ')}.`,
    );
  }
  const asked = clients.length > 0;
  const comparison = compared(readReport(before), readReport(after), asked ? clients : undefined);
  write(`${FORMATS[values.format](comparison)}\n`);
  return asked ? clientsExit(comparison) : comparisonExit(comparison);
}
