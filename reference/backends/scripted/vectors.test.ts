import { expect, test } from 'vitest';
import { LONGEST_VECTOR, vectorOf } from './vectors.ts';

const nearness = (a: string, b: string): number => {
  const [one, other] = [vectorOf(a), vectorOf(b)];
  return one.reduce((sum, value, at) => sum + value * other[at]!, 0);
};

test.each(['', 'a', 'The quick brown fox', '日本語', '🙂 '.repeat(4_000)])(
  'the vector of %j has the length 1',
  (text) => {
    for (const length of [1, 7, 256, LONGEST_VECTOR]) {
      const vector = vectorOf(text, length);
      expect(vector).toHaveLength(length);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    }
  },
);

test('the same text has the same vector, and alike texts are nearer than unlike ones', () => {
  expect(vectorOf('one text')).toEqual(vectorOf('one text'));
  expect(nearness('The cat sat on the mat.', 'A cat is sitting on a mat')).toBeGreaterThan(
    nearness('The cat sat on the mat.', 'Interest rates rose sharply') + 0.2,
  );
});
