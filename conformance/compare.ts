/** `npm run compare`: two reports, and what has changed between them. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { UsageError } from './arguments.ts';
import { called } from './called.ts';
import { compared, comparisonExit, comparisonMarkdown, comparisonText } from './comparison.ts';
import { EXIT } from './verdict.ts';
import type { Report } from './reports/report.ts';

export const COMPARE_HELP = `${called('compare')} BEFORE.json AFTER.json [--format text|md]

Says which requirements newly fail, pass, are skipped, are absent, or fail in another way.
A failure that is waived is a failure: a waiver that is written makes nothing pass.

Exit: 0 nothing newly fails, 1 something does, 2 wrong usage, 3 something can no longer be judged.`;

const FORMATS = { text: comparisonText, md: comparisonMarkdown };

export function compare(argv: readonly string[], write: (text: string) => void): number {
  const { values, positionals } = parsed(argv);
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

/** @throws {UsageError} when the file is no report. */
export function readReport(path: string): Report {
  let read: unknown;
  try {
    read = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const got = (error as NodeJS.ErrnoException).code ?? 'no JSON';
    throw new UsageError(`Failed to read report ${path}: expected a report of this suite, got ${got}.`);
  }
  const schema = (read as Partial<Report> | null)?.schema;
  if (schema === 'openclaw-conformance/report@1') return read as Report;
  const got = `schema ${JSON.stringify(schema)}`;
  throw new UsageError(`Failed to read report ${path}: expected a report of this suite, got ${got}.`);
}

function parsed(argv: readonly string[]): {
  values: { format?: string | undefined; help?: boolean | undefined };
  positionals: string[];
} {
  try {
    const options = { format: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const;
    return parseArgs({ args: [...argv], options, allowPositionals: true });
  } catch (error) {
    const [sentence] = (error as Error).message.split('. ');
    throw new UsageError(`Failed to read the command line: ${sentence}. See --help.`);
  }
}
