/** `npm run clients`: measures real clients and writes `fixtures/measured-clients.json` and the table of the README. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format } from 'prettier';
import { measure, measuredText, REAL_CLIENTS, type Measured } from '../clients/real.ts';
import { EXIT } from '../judging/verdict.ts';
import { UsageError } from '../usage-error.ts';
import { readCommandLine, type CommandTable, type Screen } from './command-line.ts';

const TABLE = new URL('../../fixtures/measured-clients.json', import.meta.url);
const DOCUMENT = new URL('../clients/README.md', import.meta.url);

const CLIENTS = {
  invocation: 'npm run clients --',
  says: 'Installs real clients from npm, each in a folder of its own, judges them as npm run client does, and writes what they break into fixtures/measured-clients.json and conformance/clients/README.md.',
  operands: '[ID...]',
  flags: { jobs: { value: 'N', whole: [1, 64], default: 4, says: 'runs at once' } },
  more: `Clients: ${REAL_CLIENTS.map(({ id }) => id).join('; ')}. Default: all.`,
} as const satisfies CommandTable;

interface Written {
  readonly $schema: string;
  readonly about: string;
  readonly rows: readonly Measured[];
}

/**
 * Runs the command. A row of a client that is not named stays as it is.
 *
 * @returns the exit code.
 * @throws {UsageError} for an unknown client.
 */
export async function clients(argv: readonly string[], { write }: Pick<Screen, 'write'>): Promise<number> {
  const { values, operands } = readCommandLine(argv, CLIENTS);
  const unknown = operands.find((id) => !REAL_CLIENTS.some((one) => one.id === id));
  if (unknown !== undefined) {
    throw new UsageError(`Failed to measure: expected a client of the list, got "${unknown}". See --help.`);
  }
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-kit-clients-'));
  try {
    for (const [at, one] of REAL_CLIENTS.entries()) {
      if (operands.length > 0 && !operands.includes(one.id)) continue;
      const row = await measure(one, join(folder, String(at)), { concurrency: values.jobs });
      write(`${row.id}: keeps ${row.kept}, breaks ${Object.keys(row.breaks).join(', ') || 'nothing'}\n`);
      await put(row);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return EXIT.good;
}

/** Writes a row into the table and the document. */
export async function put(row: Measured): Promise<void> {
  const table = JSON.parse(readFileSync(TABLE, 'utf8')) as Written;
  const all = [...table.rows.filter(({ id }) => id !== row.id), row];
  const rows = REAL_CLIENTS.flatMap(({ id }) => all.filter((one) => one.id === id));
  const style = { printWidth: 120, singleQuote: true };
  writeFileSync(TABLE, await format(JSON.stringify({ ...table, rows }), { ...style, parser: 'json' }));
  const text = readFileSync(DOCUMENT, 'utf8');
  const [before] = text.split(BEGIN);
  const [, after] = text.split(END);
  const written = `${before}${BEGIN}\n\n${measuredText(rows)}\n\n${END}${after}`;
  writeFileSync(DOCUMENT, await format(written, { ...style, parser: 'markdown' }));
}

const BEGIN = '<!-- clients -->';
const END = '<!-- /clients -->';
