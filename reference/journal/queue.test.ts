import { expect, test } from 'vitest';
import { Queue } from './queue.ts';

test('a queue gives its items in the order of arrival, while others come', () => {
  const queue = new Queue<number>();
  const taken: (number | undefined)[] = [];
  for (let n = 0; n < 1_000; n++) {
    queue.push(n);
    if (n % 3 !== 0) taken.push(queue.shift());
  }
  expect(taken).toEqual(Array.from({ length: 666 }, (_, n) => n));
  expect([queue.size, [...queue][0]]).toEqual([334, 666]);
  queue.clear();
  expect([queue.size, queue.shift(), [...queue]]).toEqual([0, undefined, []]);
});
