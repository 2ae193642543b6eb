/** `npm run new -- chapter.thing [--level must|should|may] [--row NAME]`: drafts a requirement. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { cases } from '../chapters/index.ts';
import { drafted, type Wanted } from '../contract/draft.ts';
import { EXIT } from '../judging/verdict.ts';
import { UsageError } from '../usage-error.ts';

const root = (path: string): URL => new URL(`../../${path}`, import.meta.url);

async function listed(folder: string): Promise<string[]> {
  const names = await readdir(root(folder));
  return names.filter((name) => /\.(?:ts|json)$/.test(name)).map((name) => `${folder}/${name}`);
}

function readWanted(argv: readonly string[]): Wanted {
  const usage = (got: string): UsageError =>
    new UsageError(
      `Failed to draft a requirement: expected chapter.thing [--level must|should|may] [--row NAME], got ${got}.`,
    );
  try {
    const options = { level: { type: 'string' }, row: { type: 'string' } } as const;
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    const [id, ...others] = positionals;
    if (id === undefined || others.length > 0) throw usage(positionals.join(' ') || 'nothing');
    const level = (['must', 'should', 'may'] as const).find((each) => each === values.level);
    if (level !== values.level) throw usage(`--level ${values.level}`);
    return { id, level, row: values.row };
  } catch (cause) {
    throw cause instanceof UsageError ? cause : usage((cause as Error).message.split('. ')[0]!);
  }
}

/** Runs the command. Resolves to the exit code. */
export async function newRequirement(argv: readonly string[]): Promise<number> {
  try {
    const wanted = readWanted(argv);
    const paths = (await Promise.all(['conformance/chapters', 'fixtures'].map(listed))).flat();
    const texts = paths.map(async (path) => [path, await readFile(root(path), 'utf8')] as const);
    const drafts = drafted(wanted, { cases, files: new Map(await Promise.all(texts)) });
    for (const [path, text] of drafts) {
      const style = await resolveConfig(root(path));
      await writeFile(root(path), await format(text, { ...style, filepath: path }));
    }
    const id = wanted.row === undefined ? wanted.id : `${wanted.id}.${wanted.row}`;
    process.stdout
      .write(`Written: ${[...drafts.keys()].join(', ')}. ${id} fails until every FILL IN is replaced. Then run

  npm run conformance -- --only ${id}   # the reference must pass
  npx vitest run conformance/chapters/catches.test.ts -t ${id}   # the mutants must fail
  npm run contract -- --freeze   # writes CONTRACT.md and the lock
  npm run costs   # measures the cost of the case
  npm run proof -- --write --only ${id}   # writes the failing cases, and the README's score
  npm run proof -- --write --only ${id} --edition 2026.2.1   # the same for the oldest edition of the proof
  npm test
`);
    return EXIT.good;
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    process.stderr.write(`${cause.message}\n`);
    return EXIT.usage;
  }
}
