import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { waiversOf } from './release-waivers.ts';

const folder = mkdtempSync(join(tmpdir(), 'openclaw-kit-waived-'));
const candidate = { edition: '2026.2.1', build: false };
afterAll(() => rmSync(folder, { recursive: true }));

test("the waivers of a release are those of the kit's own file", () => {
  expect(waiversOf(candidate).length).toBeGreaterThan(0);
});

test('a given file replaces the kit’s own', () => {
  const file = join(folder, 'mine.json5');
  writeFileSync(file, `{ waivers: [{ id: 'streaming.done', reason: 'a known bug of ours', dated: '2026-11-22' }] }`);
  expect(waiversOf(candidate, file).map(({ id }) => id)).toEqual(['streaming.done']);
});

test('a missing file is an error of one line', () => {
  const file = join(folder, 'none.json5');
  expect(() => waiversOf(candidate, file)).toThrow(`Failed to read waivers ${file}: expected a file, got none.`);
});
