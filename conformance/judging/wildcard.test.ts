import { expect, test } from 'vitest';
import { fits } from './wildcard.ts';

test.each([
  'streaming.done',
  '*',
  '**',
  'streaming.*',
  '*.done',
  's*done',
  '*eam*on*',
  'streaming.done*',
  '*streaming.done',
])('%s stands for streaming.done', (pattern) => {
  expect(fits('streaming.done', pattern)).toBe(true);
});

test.each([
  '',
  'streaming',
  'streaming.*.done',
  'streamingXdone',
  's*done*done',
  '*.done.*',
  'streaming.done*e',
  '.*',
  'd*',
])('%j does not stand for streaming.done', (pattern) => {
  expect(fits('streaming.done', pattern)).toBe(false);
});

test('no other character of a pattern stands for anything but itself', () => {
  for (const text of ['a.b', '[a-z]+', '(a|b)?', '^a$', 'a\\d']) {
    expect([fits(text, text), fits(`x${text}y`, `*${text}*`), fits('aXb', text)]).toEqual([true, true, false]);
  }
});

test('a pattern of a thousand * is decided at once', () => {
  const start = process.threadCpuUsage();
  expect(fits('a'.repeat(100_000), `${'*a'.repeat(1_000)}*b`)).toBe(false);
  expect(process.threadCpuUsage(start).user).toBeLessThan(1_000_000);
});
