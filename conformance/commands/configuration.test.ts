import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { readArguments, JUDGE } from './conformance-flags.ts';
import { withConfiguration } from './configuration.ts';

const folder = mkdtempSync(join(tmpdir(), 'configuration-'));
const file = join(folder, 'openclaw-compat.json5');
const below = join(folder, 'deep', 'deeper');
mkdirSync(below, { recursive: true });
beforeEach(() => rmSync(file, { force: true }));
afterAll(() => rmSync(folder, { recursive: true }));

const read = async (argv: readonly string[]) =>
  readArguments(await withConfiguration(argv, 'judge', JUDGE, ['judge', 'gate'], below));

test('the flags of the file hold from each folder below it; its paths are relative to it', async () => {
  writeFileSync(
    file,
    `{ $schema: 'x', gate: {}, judge: { baseUrl: 'http://a', waivers: 'known.json5', only: ['streaming', 'errors'],
      timeout: 5, strict: true, asReleased: false, model: '-odd' } } // ours`,
  );
  expect(await read([])).toMatchObject({
    baseUrl: 'http://a',
    waivers: join(folder, 'known.json5'),
    only: ['streaming', 'errors'],
    timeout: 5,
    strict: true,
    asReleased: false,
  });
});

test('the command line replaces a flag of the file, and a target any other one', async () => {
  writeFileSync(file, `{ judge: { baseUrl: 'http://a', only: ['errors'], timeout: 5 } }`);
  expect(await read(['--only', 'streaming', '--timeout=9', '--target', 'mine.json5'])).toMatchObject({
    baseUrl: undefined,
    target: 'mine.json5',
    only: ['streaming'],
    timeout: 9,
  });
});

test('without a file the command line stays as it is', async () => {
  expect(await withConfiguration(['--list'], 'judge', JUDGE, ['judge'], below)).toEqual(['--list']);
});

test.each([
  [`{ judge: { baseUlr: 'x' } }`, 'expected a key of judge, got "baseUlr". Did you mean baseUrl?'],
  [`{ juge: {} }`, 'expected a command, got "juge". Did you mean judge?'],
  [`{ judge: { timeout: 'long' } }`, 'expected a number as judge.timeout, got "long"'],
  [`{ judge: { strict: 1 } }`, 'expected true or false as judge.strict, got 1'],
  [`{ judge: { only: 'streaming' } }`, 'expected a list of texts as judge.only, got "streaming"'],
  [`{ judge: [] }`, 'expected an object as judge, got []'],
  [`[]`, 'expected an object, got []'],
  [`{ judge: `, 'expected JSON5, got invalid end of input at 1:'],
])('%s is refused in one line', async (text, told) => {
  writeFileSync(file, text);
  await expect(read([])).rejects.toThrow(`Failed to read ${file}: ${told}`);
});
