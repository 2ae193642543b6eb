/** Every promise of SECURITY.md names a test file that there is. */

import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../', import.meta.url);
const rows = readFileSync(new URL('SECURITY.md', root), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| promise') && !line.startsWith('| ---'));

test('there are promises', () => {
  expect(rows.length).toBeGreaterThan(10);
});

test.each(rows)('%s', (row) => {
  const files = [...row.matchAll(/`([\w./-]+\.test\.ts)`/g)].map(([, file = '']) => file);
  expect(files).not.toEqual([]);
  expect(files.filter((file) => !existsSync(new URL(file, root)))).toEqual([]);
});
