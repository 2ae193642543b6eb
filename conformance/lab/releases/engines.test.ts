import { expect, test } from 'vitest';
import { satisfies } from './engines.ts';

test.for([
  ['22.12.0', '>=22.12.0', true],
  ['22.11.9', '>=22.12.0', false],
  ['24.21.0', '>=24.16.0 <25 || >=26.1.0', true],
  ['25.0.0', '>=24.16.0 <25 || >=26.1.0', false],
  ['26.0.9', '>=24.16.0 <25 || >=26.1.0', false],
  ['26.1.0', '>=24.16.0 <25 || >=26.1.0', true],
  ['22.22.3', '>=22.22.3 <23 || >=24.15 <25', true],
  ['24.14.9', '>=22.22.3 <23 || >=24.15 <25', false],
  ['20.20.2', '*', true],
  ['20.20.2', '>= 18', true],
  ['24.9.1', '^24.1.0', true],
  ['25.0.0', '^24.1.0', false],
  ['24.1.7', '~24.1.2', true],
  ['24.2.0', '~24.1.2', false],
  ['24.2.0', '24', true],
  ['25.2.0', '24', false],
  ['24.16.0', '<=24.16.0', true],
  ['24.16.0', '>24.16.0', false],
] as const)('whether Node %s satisfies "%s" is %s', ([version, range, expected]) => {
  expect(satisfies(version, range)).toBe(expected);
});

test('a range of an unsupported form is an error', () => {
  expect(() => satisfies('24.0.0', '22.x - 24.x')).toThrow('Failed to read engines "22.x - 24.x"');
});
