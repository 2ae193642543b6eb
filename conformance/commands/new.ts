/** `npm run new -- chapter.thing [--level must|should|may] [--row NAME]`: drafts a requirement. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { cases } from '../chapters/index.ts';
import { drafted, type Wanted } from '../contract/draft.ts';
import { EXIT } from '../judging/verdict.ts';
import { UsageError } from '../usage-error.ts';
import { readCommandLine, type CommandTable } from './command-line.ts';

const root = (path: string): URL => new URL(`../../${path}`, import.meta.url);

async function listed(folder: string): Promise<string[]> {
  const names = await readdir(root(folder));
  return names.filter((name) => /\.(?:ts|json)$/.test(name)).map((name) => `${folder}/${name}`);
}

const NEW = {
  invocation: 'npm run new --',
  says: 'Drafts a requirement: a case to fill in, and with --row a row of a table.',
  operands: 'CHAPTER.THING',
  flags: {
    level: { value: 'LEVEL', choices: ['must', 'should', 'may'], says: 'how binding it is; without it, must' },
    row: { value: 'NAME', says: 'drafts a row of the table of that requirement, and the table if there is none' },
  },
  more: 'Exit: 0 drafted, 2 wrong usage.',
} as const satisfies CommandTable;

function readWanted(argv: readonly string[]): Wanted {
  const { values, operands } = readCommandLine(argv, NEW);
  const [id, ...others] = operands;
  if (id !== undefined && others.length === 0) return { id, ...values };
  const got = operands.join(' ') || 'none';
  throw new UsageError(`Failed to draft a requirement: expected one chapter.thing, got ${got}. See --help.`);
}

/**
 * Runs the command.
 *
 * @returns the exit code.
 * @throws {UsageError} for wrong flags, an unknown chapter, or an id that is taken.
 */
export async function newRequirement(argv: readonly string[]): Promise<number> {
  const wanted = readWanted(argv);
  const paths = (await Promise.all(['conformance/chapters', 'fixtures'].map(listed))).flat();
  const texts = paths.map(async (path) => [path, await readFile(root(path), 'utf8')] as const);
  const drafts = drafted(wanted, { cases, files: new Map(await Promise.all(texts)) });
  for (const [path, text] of drafts) {
    const style = await resolveConfig(root(path));
    await writeFile(root(path), await format(text, { ...style, filepath: path }));
  }
  const id = wanted.row === undefined ? wanted.id : `${wanted.id}.${wanted.row}`;
  process.stdout.write(`Written: ${[...drafts.keys()].join(', ')}. ${id} fails until every FILL IN is replaced. Then run

  npm run conformance -- --only ${id}   # the reference must pass
  npx vitest run conformance/chapters/catches.test.ts -t ${id}   # the mutants must fail
  npm run contract -- --freeze   # writes CONTRACT.md and the lock
  npm run costs   # measures the cost of the case
  npm run proof -- --write --only ${id}   # writes the failing cases, and the README's score
  npm run proof -- --write --only ${id} --edition 2026.2.1   # the same for the oldest edition of the proof
  npm test
`);
  return EXIT.good;
}
