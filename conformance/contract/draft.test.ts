import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { drafted, type Wanted, type Written } from './draft.ts';

const CHAPTER = `import { chapter, must } from '../vocabulary/chapter.ts';

const other = {
  cases: [],
};

export default chapter('errors', 'Errors', {
  section: '',
  cases: [
    must('errors.shape', shape),
    ...table.rows.map((row) => must(\`errors.class.\${row.id}\`, cased(row))),
    must('errors.hand.one', shape),
  ],
});
`;
const TABLE = `{
  "about": "Errors.",
  "rows": [
    { "id": "class.a", "what": "an a", "why": "a", "body": "A" },
    { "id": "class.b", "what": "a b", "body": "B" },
    { "id": "kind.c", "what": "a c", "body": "C" }
  ]
}
`;
const written: Written = {
  cases: ['errors.shape', 'errors.class.a', 'errors.class.b', 'errors.hand.one'].map((id) => ({
    id,
    chapter: 'errors',
  })),
  files: new Map([
    ['conformance/chapters/errors.ts', CHAPTER],
    ['fixtures/errors-taken.json', '{}'],
    ['fixtures/classes.json', TABLE],
  ]),
};
const draft = (wanted: Wanted): Record<string, string> => Object.fromEntries(drafted(wanted, written));

describe('a draft', () => {
  test('a draft stands at the end of its chapter, with its imports once', () => {
    const { 'conformance/chapters/errors.ts': text, ...others } = draft({ id: 'errors.new', level: 'should' });
    expect(others).toEqual({});
    expect(text).toMatch(/shape\),\nshould\('errors\.new', \{[^]*\}\),\n {2}\],\n\}\);\n$/);
    expect(text).toContain("import { chapter, must, should } from '../vocabulary/chapter.ts';");
    expect(text).toContain("import * as lie from '../vocabulary/liars.ts';");
    expect(text).toContain("import { described } from '../dial/reading.ts';");
    expect(text!.match(/FILL IN: (?:one|another) defect/g)).toHaveLength(2);
  });

  test('a second draft in a chapter imports nothing twice', () => {
    const path = 'conformance/chapters/errors.ts';
    const twice = drafted({ id: 'errors.newer' }, { ...written, files: drafted({ id: 'errors.new' }, written) });
    expect(twice.get(path)!.match(/import \* as lie/g)).toHaveLength(1);
    expect(twice.get(path)!.match(/\bdescribed\b.*from/g)).toHaveLength(1);
  });

  test('a draft of a row in an existing table is a copy of the last row of its thing', () => {
    expect(draft({ id: 'errors.class', row: 'd' })).toEqual({
      'fixtures/classes.json': TABLE.replace('\n  ]', ',\n{"id":"class.d","what":"FILL IN: what","body":"B"}\n  ]'),
    });
  });

  test('a draft of a row without a table creates the table, its schema, and a case for each row', () => {
    const files = draft({ id: 'errors.new-kind', row: 'first' });
    expect(Object.keys(files)).toEqual([
      'fixtures/errors-new-kind.json',
      'fixtures/schemas/errors-new-kind.schema.json',
      'conformance/chapters/errors.ts',
    ]);
    expect(JSON.parse(files['fixtures/errors-new-kind.json']!)).toMatchObject({ rows: [{ id: 'first' }] });
    expect(files['conformance/chapters/errors.ts']).toContain('...errorsNewKind.rows.map((row) =>');
  });

  test.each([
    [{ id: 'error.new' }, 'expected a chapter: errors, got error.'],
    [{ id: 'errors.shape' }, 'got errors.shape, which is taken'],
    [{ id: 'errors.shape.row' }, 'which is taken'],
    [{ id: 'errors.class' }, 'which is taken'],
    [{ id: 'errors.class', row: 'a' }, 'got errors.class.a, which is taken'],
    [{ id: 'errors' }, 'expected an id like chapter.thing, in lower case, got "errors"'],
    [{ id: 'errors.New' }, 'an id like chapter.thing'],
    [{ id: 'errors.a.b.c' }, 'an id like chapter.thing'],
    [{ id: 'errors.a', row: '../x' }, 'an id like chapter.thing'],
    [{ id: 'errors', row: 'a' }, 'an id like chapter.thing'],
    [{ id: 'errors.hand', row: 'two' }, 'rows that are written out; omit --row and name errors.hand.two'],
    [{ id: 'errors.class', row: 'd', level: 'may' }, 'expected no --level'],
    [{ id: 'errors.taken', row: 'first' }, 'expected no table yet, got fixtures/errors-taken.json'],
  ] as const)('a draft is refused for %j, in one line', (wanted, expected) => {
    expect(() => draft(wanted)).toThrow(expected);
    expect(() => draft(wanted)).toThrow(/^Failed to draft [^\n]+$/);
  });
});

test('CONTRIBUTING.md shows a case exactly as in its chapter', async () => {
  const [guide, text] = await Promise.all(
    ['../../CONTRIBUTING.md', '../chapters/streaming.ts'].map((path) =>
      readFile(new URL(path, import.meta.url), 'utf8'),
    ),
  );
  const [, shown] = /```ts\n([^]*?)```/.exec(guide!)!;
  expect(text!.replaceAll(/^ {4}/gm, '')).toContain(shown);
});
