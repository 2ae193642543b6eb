import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

const KNOWN = ['cut', 'no-done', 'no-finish', 'retry-after'];

test.each([
  ['nodon', 'no-done'],
  ['no-dnoe', 'no-done'],
  ['retry-aftr', 'retry-after'],
  ['ct', 'cut'],
])('for %s it suggests %s', (word, meant) => {
  expect(nearest(word, KNOWN)).toBe(meant);
});

test.each(['', 'x', 'xy', 'banana', 'no-done'.repeat(10_000)])('for %.20s it suggests nothing', (word) => {
  expect(nearest(word, KNOWN)).toBeUndefined();
});
