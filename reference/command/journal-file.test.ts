import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { journalFile } from './journal-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'openclaw-kit-journal-'));
afterAll(() => rmSync(folder, { recursive: true }));

let file: string;
let count = 0;
beforeEach(() => void (file = join(folder, `${(count += 1)}.jsonl`)));
const read = (): string => readFileSync(file, 'utf8');
const silent = (): void => undefined;

test('no line is made before the turn of the event loop is over, and those of one turn stand in their order', async () => {
  const add = journalFile(file, silent);
  let made = 0;
  for (const line of ['1', '2', '3']) add(() => ((made += 1), line));
  expect(made).toBe(0);
  await turn();
  expect(read()).toBe('1\n2\n3\n');
});

test('lines that take long are made in several turns, and no more than 64 wait', async () => {
  const add = journalFile(file, silent);
  const slow = (line: number) => () => {
    for (const end = performance.now() + 6; performance.now() < end;);
    return String(line);
  };
  for (let line = 1; line <= 70; line++) add(slow(line));
  await turn();
  const lines = read().split('\n').length - 1;
  expect([lines >= 6, lines < 70]).toEqual([true, true]);
  while (read().split('\n').length - 1 < 70) await turn();
  expect(read()).toBe(Array.from({ length: 70 }, (_, at) => `${at + 1}\n`).join(''));
});

test('what is left is written when the process ends, and what ends then', async () => {
  const add = journalFile(file, silent);
  add(() => 'last');
  process.emit('exit', 0);
  add(() => 'the very last');
  expect(read()).toBe('last\nthe very last\n');
  await turn();
  expect(read()).toBe('last\nthe very last\n');
});
