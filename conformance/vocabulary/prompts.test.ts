import { expect, test } from 'vitest';
import { Undecided } from '../undecided.ts';
import { WHICH_WORD, WHICH_WORDS, known, knows, remember } from './prompts.ts';

test.each([
  ['The code word is KW-1.', true],
  ['**KW-1**', true],
  ['NONE', false],
  ['I was not told any.', false],
  ['KW-2', false],
])('%j is an answer that is read', (answer, is) => {
  expect(knows(answer, 'KW-1')).toBe(is);
});

test.each([
  'Hello',
  '',
  WHICH_WORD,
  WHICH_WORDS,
  `You said: ${WHICH_WORD.toUpperCase()}`,
  `KW-1. ${WHICH_WORD}`,
  `${remember('KW-1')}\n\n${WHICH_WORD.replaceAll(' ', '\n')}`,
])('%j shows nothing of what the agent knows', (answer) => {
  expect(() => knows(answer, 'KW-1')).toThrow(Undecided);
});

test('of several words those are known that the answer names', () => {
  expect(known('KW-1, KW-3 and KW-4', ['KW-1', 'KW-2', 'KW-3'])).toEqual(['KW-1', 'KW-3']);
  expect(known('none', ['KW-1'])).toEqual([]);
});
