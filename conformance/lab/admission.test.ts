import { expect, test } from 'vitest';
import { admission } from './admission.ts';

const GIB = 2 ** 30;

/** Work that ends when the test ends it. */
interface Pieces {
  readonly begun: string[];
  readonly start: (name: string) => (settled: () => void) => Promise<string>;
  readonly settle: (name: string) => void;
  readonly end: (name: string) => void;
}

function pieces(): Pieces {
  const begun: string[] = [];
  const held = new Map<string, { settled: () => void; end: PromiseWithResolvers<string> }>();
  return {
    begun,
    start: (name) => (settled) => {
      begun.push(name);
      const end = Promise.withResolvers<string>();
      held.set(name, { settled, end });
      return end.promise;
    },
    settle: (name) => held.get(name)!.settled(),
    end: (name) => held.get(name)!.end.resolve(name),
  };
}

/** Resolves after the reactions to settled promises. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('no more works run at once than the limit, and the others start in order', async () => {
  const { start, end, begun } = pieces();
  const { enter } = admission(2, () => Infinity);
  const all = ['a', 'b', 'c', 'd'].map((name) => enter(GIB, start(name)));
  await turn();
  expect(begun).toEqual(['a', 'b']);
  end('b');
  await turn();
  expect(begun).toEqual(['a', 'b', 'c']);
  for (const name of ['a', 'c']) end(name);
  await turn();
  end('d');
  expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd']);
});

test('memory that is reserved and not yet allocated is not free', async () => {
  const { start, settle, begun } = pieces();
  let free = 5 * GIB;
  const { enter } = admission(9, () => free);
  for (const name of ['a', 'b']) void enter(3 * GIB, start(name));
  await turn();
  expect(begun).toEqual(['a']);
  // It allocated less than it reserved.
  free = 4 * GIB;
  settle('a');
  await turn();
  expect(begun).toEqual(['a', 'b']);
});

test('work is admitted when none runs, however little memory is free, and a failure admits the next', async () => {
  const { enter } = admission(9, () => 0);
  const failing = enter(GIB, () => Promise.reject(new Error('no')));
  const next = enter(GIB, () => Promise.resolve('yes'));
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('yes');
});
