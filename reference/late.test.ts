import { expect, test } from 'vitest';
import { late } from './late.ts';

test('a failed load is tried again by the next use, and a successful one is kept', async () => {
  const loads = [() => Promise.reject(new Error('EMFILE')), () => Promise.resolve('one'), () => Promise.resolve('two')];
  const loaded = late(async () => await loads.shift()?.());
  await expect(loaded()).rejects.toThrow('EMFILE');
  const [first, second] = await Promise.all([loaded(), loaded()]);
  expect([first, second, await loaded()]).toEqual(['one', 'one', 'one']);
});
