import { expect, test } from 'vitest';
import { room } from './room.ts';

const GIB = 2 ** 30;

/** Work that is done when the test says so. */
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

/** What follows from a settled promise has happened. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('no more than so many are inside, and the others come in order', async () => {
  const { start, end, begun } = pieces();
  const { enter } = room(2, () => Infinity);
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

test('memory that is promised and not yet taken is not free', async () => {
  const { start, settle, begun } = pieces();
  let free = 5 * GIB;
  const { enter } = room(9, () => free);
  for (const name of ['a', 'b']) void enter(3 * GIB, start(name));
  await turn();
  expect(begun).toEqual(['a']);
  // It took less than was thought.
  free = 4 * GIB;
  settle('a');
  await turn();
  expect(begun).toEqual(['a', 'b']);
});

test('who is alone is let in, however little memory there is; and a failure makes room for the next', async () => {
  const { enter } = room(9, () => 0);
  const failing = enter(GIB, () => Promise.reject(new Error('no')));
  const next = enter(GIB, () => Promise.resolve('yes'));
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('yes');
});
