import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { newestUpTo, waiversOf } from './release-waivers.ts';

const folder = mkdtempSync(join(tmpdir(), 'openclaw-kit-waived-'));
const candidate = { edition: '2026.2.1', build: false };
afterAll(() => rmSync(folder, { recursive: true }));

test("the waivers of a release are those of the kit's own file", () => {
  expect(waiversOf(candidate).length).toBeGreaterThan(0);
});

const fileOf = (name: string, edition = name): string => {
  const [own] = waiversOf({ name, edition, build: false });
  return own === undefined ? 'none' : JSON.stringify(waiversOf({ name, edition, build: false }));
};

test('a release of a maintenance line without a file has that of its base, a pre-release that of the release before its final', () => {
  expect(fileOf('2026.6.35')).toBe(fileOf('2026.6.11'));
  expect(fileOf('2026.7.35')).toBe(fileOf('2026.7.1'));
  expect(fileOf('2026.7.2-beta.7', '2026.7.2')).toBe(fileOf('2026.7.1'));
  expect(fileOf('2026.9.1-beta.1', '2026.9.1')).toBe(fileOf('2026.8.2'));
  expect(fileOf('2026.8.1')).toBe('none');
});

test('a fork without a file has that of the newest release up to its edition', () => {
  expect(fileOf('some-fork-2026.2.20', '2026.2.20')).toBe(fileOf('2026.2.17'));
});

test('in a folder the main line never takes a release of a maintenance line', () => {
  for (const name of ['2026.6.11', '2026.6.33', '2026.7.1', '2026.7.33'])
    writeFileSync(join(folder, `${name}.json`), '');
  const asked = ['2026.6.35', '2026.7.1', '2026.7.1-2', '2026.7.34', '2026.8.1', '2026.5.28'];
  expect(asked.map((edition) => newestUpTo(edition, folder))).toEqual([
    '2026.6.33',
    '2026.7.1',
    '2026.7.1',
    '2026.7.33',
    '2026.7.1',
    undefined,
  ]);
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
