/** `npm run contract [-- --freeze]`: writes `CONTRACT.md`, and with `--freeze` the lock. */
import { readFile, writeFile } from 'node:fs/promises';
import { cases, chapters } from '../conformance/chapters/index.ts';
import { frozen, unannounced, type Frozen } from '../conformance/contract/lock.ts';
import { contractPage } from '../conformance/contract/promises.ts';
import lock from '../fixtures/contract.lock.json' with { type: 'json' };
import page from '../fixtures/promises.json' with { type: 'json' };

const root = (path: string): URL => new URL(`../${path}`, import.meta.url);

const [flag, ...others] = process.argv.slice(2);
if ((flag !== undefined && flag !== '--freeze') || others.length > 0) {
  process.stderr.write(
    `Failed to read the command line: expected --freeze or nothing, got "${process.argv.slice(2).join(' ')}". Correct it.\n`,
  );
  process.exitCode = 2;
} else {
  await writeFile(root('CONTRACT.md'), contractPage(page, chapters));
  if (flag === '--freeze') await freeze();
}

async function freeze(): Promise<void> {
  const before = lock.rows as readonly Frozen[];
  const rows = frozen(before, cases);
  const missing = unannounced(before, rows, await readFile(root('CHANGELOG.md'), 'utf8'));
  if (missing.length > 0) {
    process.stderr.write(`${missing.join('\n')}\n`);
    process.exitCode = 1;
    return;
  }
  // One row per line, so that a diff is readable.
  const lines = rows.map((row) => `\n    ${JSON.stringify(row, null, 1).replaceAll(/\n */g, ' ')}`);
  const text = JSON.stringify({ ...lock, rows: [] }, null, 2).replace(
    '"rows": []',
    () => `"rows": [${lines.join(',')}\n  ]`,
  );
  await writeFile(root('fixtures/contract.lock.json'), `${text}\n`);
}
