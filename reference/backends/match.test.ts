import { describe, expect, test } from 'vitest';
import { Match, mismatch, type Seen } from './match.ts';

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

test('a pattern that would take for ever on a prompt made for it does not hold, and holds nobody up', () => {
  const began = performance.now();
  const match = Match.parse({ message: { pattern: '(a+)+$' } });
  expect(mismatch(match, { ...RUN, message: { role: 'user', text: `${'a'.repeat(60)}b` } })).toContain('does not hold');
  expect(performance.now() - began).toBeLessThan(5000);
  expect(mismatch(match, { ...RUN, message: { role: 'user', text: 'aaa' } })).toBeUndefined();
});
