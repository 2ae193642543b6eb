import { describe, expect, test } from 'vitest';
import { Match, mismatch, type Seen } from './match.ts';
import { Effort } from './pattern.ts';

const RUN: Seen = {
  agent: 'main',
  sessionKey: 'agent:main:openai-user:dave',
  prompt: 'User: earlier\n\nUser: How is the Weather?',
  message: { role: 'user', text: 'How is the Weather?' },
  history: [
    { role: 'user', text: 'a' },
    { role: 'assistant', text: 'b' },
  ],
  model: 'openclaw/main',
  stream: true,
  headers: { 'x-test': 'blue' },
  tools: [{ name: 'get_weather', description: '', parameters: {} }],
};

describe('what holds, and what does not and why', () => {
  test.each([
    [{}, { agent: 'beta' }, 'agent is not beta'],
    [{ message: 'Weather' }, { message: 'earlier' }, 'the last message does not hold "earlier"'],
    [
      { message: { pattern: '^how.*\\?$', flags: 'i' } },
      { message: { pattern: '^how' } },
      'the last message does not hold /^how/',
    ],
    [{ role: 'user' }, { role: 'tool' }, 'the last message is not by tool'],
    [{ session: { pattern: ':dave$' } }, { session: 'dave' }, 'session is not "dave"'],
    [{ header: { 'X-Test': 'blue' } }, { header: { 'x-test': 'red' } }, 'header x-test is not "red"'],
    [
      { header: { 'x-test': { pattern: 'l' } } },
      { header: { 'x-none': { pattern: '.' } } },
      'header x-none is not /./',
    ],
    [{ turn: 2 }, { turn: 1 }, 'turn is 2, not 1'],
    [{ model: 'openclaw/main' }, { model: 'openclaw' }, 'model is not "openclaw"'],
    [{ stream: true }, { stream: false }, 'stream is not false'],
    [{ tool: 'get_weather' }, { tool: 'get_time' }, 'no tool get_time is offered'],
  ])('%j holds, %j does not', (good, bad, why) => {
    expect(mismatch(Match.parse(good), RUN)).toBeUndefined();
    expect(mismatch(Match.parse(bad), RUN)).toBe(why);
  });
});

test('a pattern that JavaScript would take for ever over is answered at once, and as RE2 has it', () => {
  const match = Match.parse({ message: { pattern: '(a+)+$' } });
  const saying = (text: string): Seen => ({ ...RUN, message: { role: 'user', text } });
  expect(mismatch(match, saying(`${'a'.repeat(60)}b`))).toContain('does not hold');
  expect(mismatch(match, saying(`b${'a'.repeat(60)}`))).toBeUndefined();
});

test('what patterns cost one call is bounded by its length and theirs, not by a clock: beyond it nothing is searched', () => {
  const effort = new Effort();
  const saying = { ...RUN, message: { role: 'user', text: `${'a'.repeat(50_000)}!` } } as const;
  const match = Match.parse({ message: { pattern: '(a+)+!' } });
  const held = Array.from({ length: 50 }, () => mismatch(match, saying, effort) === undefined);
  expect([held[0], held.at(-1), effort.short]).toEqual([true, false, true]);
  expect(held.indexOf(false)).toBe(held.lastIndexOf(true) + 1);
  // Those of the next call begin anew.
  expect(mismatch(match, saying)).toBeUndefined();
});

test('the name of a header is one that the call has', () => {
  const match = Match.parse({ header: { constructor: { pattern: 'Object' } } });
  expect(mismatch(match, RUN)).toBe('header constructor is not /Object/');
});

test.each([
  ['\\u0041\\x42[^]\\/', 'AB\n/'],
  ['(?<year>\\d{4})-\\d\\d', 'on 2026-11'],
  ['^[\\w.-]+@\\p{L}+$', 'a.b@ü'],
])('the syntax of JavaScript is read as such: %s', (pattern, text) => {
  expect(mismatch(Match.parse({ message: { pattern } }), { ...RUN, message: { role: 'user', text } })).toBeUndefined();
});
