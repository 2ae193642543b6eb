/** Every promise of SECURITY.md names an existing test file. */

import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../', import.meta.url);
const rows = readFileSync(new URL('SECURITY.md', root), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| promise') && !line.startsWith('| ---'));

test('SECURITY.md has more than 10 promises', () => {
  expect(rows.length).toBeGreaterThan(10);
});

test.each(rows)('the promise names existing test files: %s', (row) => {
  const files = [...row.matchAll(/`([\w./-]+\.test\.ts)`/g)].map(([, file = '']) => file);
  expect(files).not.toEqual([]);
  expect(files.filter((file) => !existsSync(new URL(file, root)))).toEqual([]);
});
