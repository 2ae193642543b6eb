/** `npm run contract [-- --freeze]`: regenerates `CONTRACT.md`, and with `--freeze` the lock. */
import { readFile, writeFile } from 'node:fs/promises';
import lock from '../../fixtures/contract.lock.json' with { type: 'json' };
import page from '../../fixtures/promises.json' with { type: 'json' };
import { chapters, cases } from '../chapters/index.ts';
import { frozen, unannounced, type Frozen } from '../contract/lock.ts';
import { contractPage } from '../contract/promises.ts';
import { EXIT } from '../judging/verdict.ts';
import { readCommandLine, type CommandTable } from './command-line.ts';

const root = (path: string): URL => new URL(`../../${path}`, import.meta.url);

async function freeze(): Promise<number> {
  const before = lock.rows as readonly Frozen[];
  const rows = frozen(before, cases);
  const missing = unannounced(before, rows, await readFile(root('CHANGELOG.md'), 'utf8'));
  if (missing.length > 0) {
    process.stderr.write(`${missing.join('\n')}\n`);
    return EXIT.violated;
  }
  // One row per line, for readable diffs.
  const lines = rows.map((row) => `\n    ${JSON.stringify(row, null, 1).replaceAll(/\n */g, ' ')}`);
  const text = JSON.stringify({ ...lock, rows: [] }, null, 2).replace(
    '"rows": []',
    () => `"rows": [${lines.join(',')}\n  ]`,
  );
  await writeFile(root('fixtures/contract.lock.json'), `${text}\n`);
  return EXIT.good;
}

const CONTRACT = {
  invocation: 'npm run contract --',
  says: 'Writes CONTRACT.md.',
  flags: { freeze: { says: 'writes fixtures/contract.lock.json too' } },
  more: 'Exit: 0 written, 1 a change that CHANGELOG.md does not name, 2 wrong usage.',
} as const satisfies CommandTable;

/**
 * Runs the command.
 *
 * @returns the exit code.
 * @throws {UsageError} for wrong flags.
 */
export async function contract(argv: readonly string[]): Promise<number> {
  const { values } = readCommandLine(argv, CONTRACT);
  await writeFile(root('CONTRACT.md'), contractPage(page, chapters));
  return values.freeze ? await freeze() : EXIT.good;
}
