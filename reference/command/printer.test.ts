import { Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { printer } from './printer.ts';

const into = (writes: string[]): Writable =>
  new Writable({ decodeStrings: false, write: (text, _encoding, done) => (writes.push(String(text)), done()) });

test('lines of one turn share a write, in their order; later ones get another', async () => {
  const writes: string[] = [];
  const print = printer(into(writes));
  print('one');
  print('two');
  expect(writes).toEqual([]);
  await turn();
  expect(writes).toEqual(['one\ntwo\n']);
  print('three');
  await turn();
  expect(writes).toEqual(['one\ntwo\n', 'three\n']);
});

test('what is left is written when the process ends, and what is said then', async () => {
  const writes: string[] = [];
  const print = printer(into(writes));
  print('last');
  process.emit('exit', 0);
  print('the very last');
  await turn();
  expect(writes).toEqual(['last\n', 'the very last\n']);
});
