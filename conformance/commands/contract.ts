/** `npm run contract [-- --freeze]`: regenerates `CONTRACT.md`, and with `--freeze` the lock. */
import { readFile, writeFile } from 'node:fs/promises';
import lock from '../../fixtures/contract.lock.json' with { type: 'json' };
import page from '../../fixtures/promises.json' with { type: 'json' };
import { chapters, cases } from '../chapters/index.ts';
import { frozen, unannounced, type Frozen } from '../contract/lock.ts';
import { contractPage } from '../contract/promises.ts';
import { EXIT } from '../judging/verdict.ts';

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

/** Runs the command. Resolves to the exit code. */
export async function contract(argv: readonly string[]): Promise<number> {
  const [flag, ...others] = argv;
  if ((flag !== undefined && flag !== '--freeze') || others.length > 0) {
    process.stderr.write(
      `Failed to read the command line: expected --freeze or nothing, got "${argv.join(' ')}". Correct it.\n`,
    );
    return EXIT.usage;
  }
  await writeFile(root('CONTRACT.md'), contractPage(page, chapters));
  return flag === '--freeze' ? await freeze() : EXIT.good;
}
