/**
 * `npm run clients`: measures real clients and writes `fixtures/measured-clients.json`, with `--gateways`
 * `fixtures/hurt-clients.json`, and the tables of the README.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format } from 'prettier';
import { cases } from '../chapters/index.ts';
import { openGround, type Ground } from '../clients/gateways/ground.ts';
import { measurementOf } from '../clients/gateways/measure.ts';
import { hurtRow, hurtText, type HurtClient } from '../clients/gateways/table.ts';
import { chapterOf } from '../clients/judge.ts';
import { install, measure, measuredText, REAL_CLIENTS, type Measured } from '../clients/real.ts';
import { EXIT } from '../judging/verdict.ts';
import { catalogueOf, type Catalogued } from '../proof/catalogue.ts';
import { UsageError } from '../usage-error.ts';
import { readCommandLine, type CommandTable, type Screen } from './command-line.ts';

const DOCUMENT = new URL('../clients/README.md', import.meta.url);
const STYLE = { printWidth: 120, singleQuote: true };

const CLIENTS = {
  invocation: 'npm run clients --',
  says: 'Installs real clients from npm, each in a folder of its own, judges them as npm run client does, and writes what they break into fixtures/measured-clients.json and conformance/clients/README.md.',
  operands: '[ID...]',
  flags: {
    gateways: {
      says: 'put wrong gateways in front of them instead, and write who breaks into fixtures/hurt-clients.json and the README',
    },
    jobs: { value: 'N', whole: [1, 64], default: 4, says: 'runs at once' },
  },
  more: `Clients: ${REAL_CLIENTS.map(({ id }) => id).join('; ')}. Default: all.`,
} as const satisfies CommandTable;

/** The chapters whose wrong gateways a client is put behind: answers, whole and streamed. */
const CHAPTERS = ['completions', 'streaming'];

/** A table of rows, in a fixture and in the README. */
interface Written<Row extends { readonly id: string }> {
  readonly file: URL;
  /** Names the comments around it in the README. */
  readonly mark: string;
  readonly text: (rows: readonly Row[]) => string;
}

const MEASURED: Written<Measured> = {
  file: new URL('../../fixtures/measured-clients.json', import.meta.url),
  mark: 'clients',
  text: measuredText,
};
const HURT: Written<HurtClient> = {
  file: new URL('../../fixtures/hurt-clients.json', import.meta.url),
  mark: 'hurt',
  text: hurtText,
};

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
  const concurrency = values.jobs;
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-kit-clients-'));
  await using ground = values.gateways ? await openGround(wrongGateways()) : undefined;
  try {
    for (const [at, one] of REAL_CLIENTS.entries()) {
      if (operands.length > 0 && !operands.includes(one.id)) continue;
      const own = join(folder, String(at));
      if (ground) {
        const { client, versions } = await install(one, own);
        const row = hurtRow(one, versions, measurementOf(await ground.run(client, { concurrency })));
        const counts = Object.entries(row.outcomes).map(([outcome, count]) => `${outcome} ${count}`);
        write(`${row.id}: ${counts.join(', ')}\n`);
        await put(row, HURT, { requirements: requirementsOf(ground) });
      } else {
        const row = await measure(one, own, { concurrency });
        write(`${row.id}: keeps ${row.kept}, breaks ${Object.keys(row.breaks).join(', ') || 'nothing'}\n`);
        await put(row, MEASURED);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return EXIT.good;
}

/** The wrong gateways of the chapters. */
function wrongGateways(): Catalogued[] {
  return catalogueOf(cases).filter(({ breaks }) => breaks.some((id) => CHAPTERS.includes(chapterOf(id))));
}

/** What clients are measured by, in the order of the contract. */
function requirementsOf({ breaks }: Ground): string[] {
  return cases.map(({ id }) => id).filter((id) => breaks.has(id));
}

/**
 * Writes a row into the table and the document.
 *
 * @param told fields of the table beside its rows.
 */
async function put<Row extends { readonly id: string }>(
  row: Row,
  { file, mark, text }: Written<Row>,
  told: object = {},
): Promise<void> {
  const table = JSON.parse(readFileSync(file, 'utf8')) as { rows: readonly Row[] };
  const all = [...table.rows.filter(({ id }) => id !== row.id), row];
  const rows = REAL_CLIENTS.flatMap(({ id }) => all.filter((one) => one.id === id));
  writeFileSync(file, await format(JSON.stringify({ ...table, ...told, rows }), { ...STYLE, parser: 'json' }));
  const [begin, end] = [`<!-- ${mark} -->`, `<!-- /${mark} -->`];
  const document = readFileSync(DOCUMENT, 'utf8');
  const [before] = document.split(begin);
  const [, after] = document.split(end);
  const written = `${before}${begin}\n\n${text(rows)}\n\n${end}${after}`;
  writeFileSync(DOCUMENT, await format(written, { ...STYLE, parser: 'markdown' }));
}
