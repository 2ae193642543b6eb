/**
 * Drafts a requirement: a case with two mutants in its chapter, or a row in a table. The draft compiles and follows the
 * style; it fails until every `FILL IN` is replaced. Pure: texts in, texts out.
 */
import { UsageError } from '../usage-error.ts';
import type { Case } from '../vocabulary/chapter.ts';
import { FILL_IN, ID } from './case-lint.ts';

type Level = 'must' | 'should' | 'may';

/** The requirement to draft. */
export interface Wanted {
  /** `chapter.thing`, or `chapter.thing.row` for a separate case beside others of the same thing. */
  readonly id: string;
  /** Default: must. Rows of an existing table have the table's level. */
  readonly level?: Level | undefined;
  /** The row to draft; `id` is then the table's. */
  readonly row?: string | undefined;
}

/** The repository's existing cases and texts. */
export interface Written {
  readonly cases: readonly Pick<Case, 'id' | 'chapter'>[];
  /** Every file of `conformance/chapters`, and every table of `fixtures`, by path from the root. */
  readonly files: ReadonlyMap<string, string>;
}

/** Fields of a row that hold prose, for the author to fill in. */
const SENTENCES = ['says', 'what', 'why'];

/**
 * Drafts the requirement.
 *
 * @returns the files to write, by path from the root, unformatted.
 * @throws {UsageError} for an unknown chapter, a taken id, a wrong form, or rows without a table.
 */
export function drafted(wanted: Wanted, { cases, files }: Written): Map<string, string> {
  const { id, level, row } = wanted;
  const full = row === undefined ? id : `${id}.${row}`;
  const [chapter, thing] = id.split('.');
  if (!ID.test(full) || (row !== undefined && id.split('.').length !== 2))
    return wrong(id, 'an id like chapter.thing, in lower case', JSON.stringify(full));
  const chapters = [...new Set(cases.map((one) => one.chapter))];
  if (!chapters.includes(chapter!)) return wrong(id, `a chapter: ${chapters.join(', ')}`, chapter!);
  const clash = (one: string): boolean => one === full || full.startsWith(`${one}.`) || one.startsWith(`${full}.`);
  if (cases.some((one) => clash(one.id))) return wrong(id, 'an id that is free', `${full}, which is taken`);
  const file = `conformance/chapters/${chapter}.ts`;
  const text = files.get(file)!;
  if (row === undefined) return new Map([[file, withCase(text, chapter!, caseText(full, level ?? 'must'))]]);

  const siblings = cases.flatMap((one) => (one.id.startsWith(`${id}.`) ? one.id.slice(id.length + 1) : []));
  if (siblings.length > 0 && level) return wrong(id, 'no --level, because its table has one', level);
  if (siblings.length > 0) return withRow(id, thing!, row, siblings, files);
  const table = `fixtures/${chapter}-${thing}.json`;
  if (files.has(table)) return wrong(id, 'no table yet', table);
  const name = `${chapter}-${thing}`.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  return new Map([
    [table, tableText(id, row)],
    [`fixtures/schemas/${chapter}-${thing}.schema.json`, schemaText(id)],
    [file, withImport(withCase(text, chapter!, rowsText(id, level ?? 'must', name)), table, name)],
  ]);
}

/** A copy of the last row of the same thing, for the author to change. */
function withRow(
  id: string,
  thing: string,
  row: string,
  siblings: readonly string[],
  files: Written['files'],
): Map<string, string> {
  const byHand = siblings.some((sibling) => [...files.values()].some((text) => text.includes(`'${id}.${sibling}'`)));
  for (const [path, text] of files) {
    const { rows = [] } = path.endsWith('.json') ? (JSON.parse(text) as { rows?: { id: string }[] }) : {};
    const prefix = [`${thing}.`, ''].find((start) =>
      siblings.every((sibling) => rows.some((one) => one.id === start + sibling)),
    );
    if (byHand || prefix === undefined) continue;
    const last = rows.find((one) => one.id === prefix + siblings.at(-1)!)!;
    const sentences = SENTENCES.filter((name) => name in last).map((name) => [name, `${FILL_IN}: ${name}`]);
    const copy = JSON.stringify({ ...last, id: prefix + row, ...Object.fromEntries(sentences) });
    const end = text.lastIndexOf('\n  ]');
    return new Map([[path, `${text.slice(0, end)},\n${copy}${text.slice(end)}`]]);
  }
  return wrong(id, 'rows that come from a table', `rows that are written out; omit --row and name ${id}.${row}`);
}

/** Adds a case at the end of its chapter, and the imports that it uses. */
function withCase(text: string, chapter: string, draft: string): string {
  const begin = text.indexOf('\n  cases: [\n', text.indexOf(`chapter('${chapter}'`));
  const end = text.indexOf('\n  ],\n', begin);
  if (begin === -1 || end === -1) throw new Error(`Failed to find the list of cases of chapter ${chapter}.`);
  const [level] = /(?:must|should|may)(?=\()/.exec(draft)!;
  return Object.entries({
    '../dial/reading.ts': 'described',
    '../vocabulary/chapter.ts': level,
    '../dial/expectation.ts': 'expect',
  }).reduce(
    (left, [from, name]) => withName(left, name, from),
    withLiars(text.slice(0, end + 1) + draft + text.slice(end + 1)),
  );
}

const LIARS = "import * as lie from '../vocabulary/liars.ts';";

const withLiars = (text: string): string =>
  text.includes(LIARS) ? text : text.replace('import { chapter', `${LIARS}\nimport { chapter`);

/** Adds a name to an existing import, or a new import. */
function withName(text: string, name: string, from: string): string {
  const there = new RegExp(`import \\{([^}]*?),?\\s*\\} from '${from}';`).exec(text);
  if (!there) return text.replace('import { chapter', `import { ${name} } from '${from}';\nimport { chapter`);
  const names = there[1]!.split(',').map((one) => one.trim());
  return names.includes(name)
    ? text
    : text.replace(there[0], `import { ${[...names, name].join(', ')} } from '${from}';`);
}

const withImport = (text: string, table: string, name: string): string =>
  text.replace(/^import /m, `import ${name} from '../../${table}' with { type: 'json' };\nimport `);

const caseText = (id: string, level: Level): string => `${level}('${id}', {
  says: '${FILL_IN}: what a faithful gateway does',
  ${bodyText('`Say hello. ${dial.nonce}`')}
}),
`;

const rowsText = (id: string, level: Level, name: string): string => `...${name}.rows.map((row) =>
  ${level}(\`${id}.\${row.id}\`, {
    says: row.what,
    ${bodyText('row.prompt')}
  }),
),
`;

const bodyText = (prompt: string): string => `async holds(dial) {
  const { exchange } = await dial.ask(${prompt});
  expect(exchange.headers.has('${FILL_IN.toLowerCase().replace(' ', '-')}'), '${FILL_IN}: what the contract wants', described(exchange));
},
catches: {
  '${FILL_IN}: one defect': lie.replies((response) => response),
  '${FILL_IN}: another defect': lie.replies((response) => response),
},`;

const tableText = (id: string, row: string): string =>
  JSON.stringify({
    $schema: `./schemas/${id.replace('.', '-')}.schema.json`,
    about: `${FILL_IN}: what is sent, and what a faithful gateway does.`,
    rows: [{ id: row, what: `${FILL_IN}: the promise of this row`, prompt: `${FILL_IN}: what is sent` }],
  });

const schemaText = (id: string): string => {
  const text = { type: 'string' };
  const part = (properties: object, required: readonly string[]): object => ({
    type: 'object',
    required,
    additionalProperties: false,
    properties,
  });
  const row = part(
    {
      id: { ...text, pattern: '^[a-z0-9-]+$', description: `The requirement's id behind \`${id}.\`` },
      what: text,
      prompt: text,
    },
    ['id', 'what', 'prompt'],
  );
  return JSON.stringify({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: `Rows of ${id}`,
    ...part({ $schema: text, about: text, rows: { type: 'array', items: row } }, ['about', 'rows']),
  });
};

function wrong(id: string, expected: string, got: string): never {
  throw new UsageError(`Failed to draft ${id}: expected ${expected}, got ${got}. See CONTRIBUTING.md.`);
}
