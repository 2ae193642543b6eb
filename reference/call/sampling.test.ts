import { expect, test } from 'vitest';
import { errorIn } from './sampling.ts';

const ALL = { stops: true, tokens: true };

test.each([
  {},
  { temperature: 0, top_p: 1, frequency_penalty: -2, presence_penalty: 2, seed: -7, max_tokens: 1, stop: 'end' },
  { temperature: null, top_p: null, seed: null, max_tokens: null, stop: null, response_format: null },
  { response_format: { type: 'json_object' }, stop: ['a', 'b', 'c', 'd'], max_completion_tokens: 5 },
  { n: 'many', logit_bias: 7, verbosity: {} },
])('valid sampling parameters have no error: %j', (fields) => {
  expect(errorIn(fields, ALL)).toBeUndefined();
});

test.each([
  [{ temperature: 2.1 }, '`temperature` must be between 0 and 2.'],
  [{ top_p: 'x' }, '`top_p` must be a finite number.'],
  [{ frequency_penalty: 3 }, '`frequency_penalty` must be between -2.0 and 2.0.'],
  [{ seed: 1.5 }, '`seed` must be an integer.'],
  [{ seed: 'x' }, '`seed` must be a finite number.'],
  [{ max_tokens: 0 }, 'max_tokens must be a positive safe integer'],
  [{ max_completion_tokens: '5' }, 'max_completion_tokens must be a positive safe integer'],
  [{ response_format: 'json' }, 'Invalid response_format: response_format must be an object'],
  [
    { response_format: { type: 'odd' } },
    'Invalid response_format: response_format.type must be text, json_object, or json_schema',
  ],
  [{ stop: 7 }, 'Invalid stop: stop must be a string or array of strings'],
  [{ stop: ['a', ''] }, 'Invalid stop: stop entries must be non-empty strings'],
  [{ stop: ['a', 'b', 'c', 'd', 'e'] }, 'Invalid stop: stop supports at most 4 sequences'],
])('%j is refused with: %s', (fields, error) => {
  expect(errorIn(fields, ALL)).toBe(error);
});

test('where the edition does not validate stops and token limits, any value of them is valid', () => {
  expect(errorIn({ stop: 7, max_tokens: 0 }, { stops: false, tokens: false })).toBeUndefined();
});
