import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { instrument, REQUEST_PATH } from './instrumented.ts';
import { noticedShare, Reasons, type Unnoticed } from './unnoticed.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

const copy = await instrument();
afterAll(copy.remove);

test('each file of the request path has mutants, each with the code that stands in its line', () => {
  expect([...new Set(copy.mutants.map(({ file }) => file))].toSorted()).toEqual(REQUEST_PATH.toSorted());
  const lines = new Map(REQUEST_PATH.map((file) => [file, readFileSync(join(root, file), 'utf8').split('\n')]));
  for (const { file, line, before } of copy.mutants)
    expect(lines.get(file)![line - 1]).toContain(before.split(' ')[0]!.replace('…', ''));
  expect(readFileSync(join(copy.folder, REQUEST_PATH[0]!), 'utf8')).toContain('__stryker__');
});

test('the copy can be removed', async () => {
  const { folder, remove } = await instrument([]);
  expect(existsSync(folder)).toBe(true);
  remove();
  expect(existsSync(folder)).toBe(false);
});

test('each reason of an unnoticed change is about a change that is still made', () => {
  const made = new Set(copy.mutants.map(({ file, before, after }) => JSON.stringify([file, before, after])));
  const { unnoticed } = JSON.parse(readFileSync(join(root, 'fixtures/generated.json'), 'utf8')) as Unnoticed;
  const listed = unnoticed.flatMap(({ changes }) => changes);
  expect(listed.filter(({ file, before, after }) => !made.has(JSON.stringify([file, before, after])))).toEqual([]);
});

test('what no case reaches does not count; what is silent or could not be judged is not noticed', () => {
  expect(noticedShare([{ fate: 'killed' }, { fate: 'crashed' }, { fate: 'hung' }, { fate: 'silent' }])).toBe(75);
  expect(noticedShare([{ fate: 'killed' }, { fate: 'dead' }])).toBe(100);
  expect(noticedShare([{ fate: 'killed' }, { fate: 'unjudged' }])).toBe(50);
  expect(noticedShare([{ fate: 'dead' }])).toBe(0);
});

test('a reason is found by the change and not by its line', () => {
  const change = { file: 'reference/errors.ts', before: 'a', after: 'b' };
  const reasons = new Reasons({ about: '', unnoticed: [{ because: 'no client sees it', changes: [change] }] });
  expect(reasons.of(change)).toBe('no client sees it');
  expect(reasons.of({ ...change, after: 'c' })).toBeUndefined();
});
