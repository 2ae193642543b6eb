/**
 * The layout of the repository as tables: which folder may import which, and what may stand in a root. CONTRIBUTING.md
 * shows the same tree with what each folder is for.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * From top to bottom. A folder, or a file of the root, imports itself and what stands in a lower row, types too. Rows of
 * a folder's own folders follow behind it, with the same rule; what no row names stands above those that one does.
 */
const ORDER: Readonly<Record<string, readonly string[]>> = {
  conformance: [
    'commands',
    'proof',
    // `clients`, a run for clients, meets the reference as the lab does.
    'lab clients',
    'reports contract index msw vitest',
    // Recorded exchanges and equivalent requests are judged beside the chapters.
    'judging chapters recordings equivalents',
    'histories',
    'watching',
    'vocabulary',
    'dial',
    'usage-error',
    'wire',
    'editions undecided',
  ],
  'conformance/lab': [
    'gate difference costs openapi',
    'embedded kept-edition',
    'admission deployments release-waivers',
    'releases',
    'provider',
  ],
  reference: [
    'command index bench soak',
    'adapters',
    'gateway',
    'endpoints',
    'sessions answer http',
    'call faults',
    'backends',
    'options',
    'authentication',
    'journal',
    'editions errors headers issue late nearest steps',
  ],
  'reference/backends': [
    'scripted',
    'match upstream',
    'answers persistent',
    'provider embedding',
    'backend',
    'fault',
    'pattern strict duration',
  ],
};

/** Only these, tests and `scripts/` may see both halves, and what tests share. */
const MEETING = [
  'conformance/lab',
  'conformance/clients',
  'conformance/testing',
  'reference/testing',
  'scripts',
  '.ci',
];

/** Folders without a row: tests alone import them, or nothing does. */
const ASIDE = ['conformance/testing', 'reference/testing', 'reference/recipes'];

interface Import {
  readonly from: string;
  readonly to: string;
}

const files = ['conformance', 'reference', 'scripts', '.ci'].flatMap((folder) =>
  readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    .map((file) => `${folder}/${file.replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith('.ts') && !file.includes('/node_modules/')),
);
const texts = new Map(files.map((file) => [file, readFileSync(`${root}${file}`, 'utf8')]));
const imports = files.flatMap((file) => importsOf(file, texts.get(file)!));

/** Static and dynamic imports, of types too, and the files that workers are started from. */
function importsOf(from: string, text: string): Import[] {
  const pattern = /(?:\bfrom |\bimport |\bimport\(\s*)'(\.[^']*\.ts)'|\bnew URL\('([^']*\.ts)', import\.meta\.url\)/g;
  return [...text.matchAll(pattern)].map(([, imported, located]) => ({
    from,
    to: posix.join(dirname(from), imported ?? located!),
  }));
}

const isTest = (file: string): boolean => file.endsWith('.test.ts');
const within = (file: string, folders: readonly string[]): boolean => folders.some((one) => file.startsWith(`${one}/`));

/** The name by which a table knows a file: of its folder, or its own. */
const nameIn = (file: string, table: string): string =>
  file
    .slice(table.length + 1)
    .split('/')[0]!
    .replace(/\.ts$/, '');

/** What is wrong with an import; undefined when it may be. */
function wrong({ from, to }: Import): string | undefined {
  if (isTest(from)) return undefined;
  const [half, other] = [from, to].map((file) => file.split('/')[0]!);
  const free = within(from, MEETING);
  if (!free && isTest(to)) return 'imports a test';
  if (!free && within(to, ASIDE)) return 'imports what is for tests';
  if (half !== other) return free ? undefined : `reaches from ${half} into ${other}`;
  for (const [table, rows] of Object.entries(ORDER)) {
    if (!within(from, [table]) || !within(to, [table]) || within(from, ASIDE)) continue;
    const [above, below] = [nameIn(from, table), nameIn(to, table)];
    if (above === below) continue;
    const height = (name: string): number => rows.findIndex((row) => row.split(' ').includes(name));
    if (height(above) >= height(below)) return `imports upwards or sideways: ${above} → ${below}`;
  }
  return undefined;
}

const faults = (list: readonly Import[]): string[] =>
  list.flatMap((one) => {
    const fault = wrong(one);
    return fault === undefined ? [] : [`${one.from} → ${one.to}: ${fault}`];
  });

/** Every circle once, as the files that it goes through. */
function circles(list: readonly Import[]): string[] {
  const next = Map.groupBy(
    list.filter(({ from, to }) => from !== to && !isTest(from)),
    ({ from }) => from,
  );
  const found = new Set<string>();
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    const at = path.indexOf(file);
    if (at !== -1) found.add(path.slice(at).toSorted().join(', '));
    if (at !== -1 || done.has(file)) return;
    path.push(file);
    for (const { to } of next.get(file) ?? []) visit(to);
    path.pop();
    done.add(file);
  };
  for (const file of next.keys()) visit(file);
  return [...found];
}

describe('the tree', () => {
  test('an import goes down the table of its half, and never from half to half', () => {
    expect(faults(imports)).toEqual([]);
  });

  test('no file imports itself by way of others', () => {
    expect(circles(imports)).toEqual([]);
  });

  test('every import names a file that is there', () => {
    const written = imports.filter(({ from, to }) => !isTest(from) && !to.startsWith('fixtures/') && !texts.has(to));
    expect(written).toEqual([]);
  });

  test.each(['conformance', 'reference'])('%s holds the folders and files of its table alone', (half) => {
    const known = new Set(ORDER[half]!.join(' ').split(' '));
    const aside = ASIDE.filter((folder) => folder.startsWith(half)).map((folder) => nameIn(folder, half));
    const names = files
      .filter((file) => file.startsWith(`${half}/`) && !isTest(file))
      .map((file) => nameIn(file, half));
    expect([...new Set(names)].filter((name) => !known.has(name) && !aside.includes(name))).toEqual([]);
  });

  test('a file has one noun, and at most 300 lines', () => {
    const long = [...texts].filter(([file, text]) => !file.endsWith('.test.ts') && text.split('\n').length > 301);
    expect(long.map(([file]) => file)).toEqual([]);
  });

  test('a test in a root stands beside its file, but for the suite itself', () => {
    const lonely = files
      .filter((file) => /^(?:conformance|reference)\/[^/]*\.test\.ts$/.test(file))
      .filter((file) => !texts.has(file.replace('.test.ts', '.ts')));
    expect(lonely).toEqual(['conformance/suite.test.ts']);
  });
});

describe('the rule', () => {
  test.each([
    ['conformance/dial/dial.ts', 'conformance/vocabulary/liars.ts', 'upwards'],
    ['conformance/judging/judge.ts', 'conformance/chapters/index.ts', 'sideways'],
    ['conformance/vocabulary/shapes.ts', 'conformance/commands/conformance-flags.ts', 'upwards'],
    ['conformance/lab/releases/candidates.ts', 'conformance/lab/gate/shard.ts', 'upwards'],
    ['conformance/proof/nulls.ts', 'reference/gateway.ts', 'reaches from conformance into reference'],
    ['reference/gateway.ts', 'conformance/wire/frames.ts', 'reaches from reference into conformance'],
    ['reference/errors.ts', 'reference/backends/backend.ts', 'upwards'],
    ['reference/gateway.ts', 'reference/testing/deployed.ts', 'for tests'],
    ['reference/gateway.ts', 'reference/gateway.test.ts', 'imports a test'],
    ['reference/gateway.ts', 'reference/elsewhere/new.ts', 'upwards'],
  ])('%s may not import %s', (from, to, fault) => {
    expect(faults([{ from, to }])).toEqual([expect.stringContaining(fault)]);
  });

  test('a circle is found, of whatever length', () => {
    const [a, b, c] = ['a.ts', 'b.ts', 'c.ts'].map((file) => `reference/http/${file}`) as [string, string, string];
    expect(
      circles([
        { from: a, to: b },
        { from: b, to: c },
        { from: c, to: a },
      ]),
    ).toEqual([`${a}, ${b}, ${c}`]);
  });

  test('an import is seen however it is written', () => {
    const text = `
      import type { A } from '../a.ts';
      import '../b.ts';
      export { c } from './c.ts';
      const d = await import('./d.ts');
      new Worker(new URL('./e.ts', import.meta.url));
      let f: typeof import('./f.ts');`;
    expect(importsOf('x/y/z.ts', text).map(({ to }) => to)).toEqual([
      'x/a.ts',
      'x/b.ts',
      ...['c', 'd', 'e', 'f'].map((name) => `x/y/${name}.ts`),
    ]);
  });
});
