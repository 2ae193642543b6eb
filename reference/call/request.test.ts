import { describe, expect, test } from 'vitest';
import { behaviour } from '../editions/editions.ts';
import { readCall, type Call } from './request.ts';

const newest = behaviour();
const oldest = behaviour('2026.1.29');
const of = (...messages: unknown[]): Call => readCall({ messages }, newest);
const user = (content: unknown): object => ({ role: 'user', content });

describe('the prompt', () => {
  test('the prompt of one message is its trimmed text', () => {
    expect(of(user('  hi\n there ')).prompt).toBe('hi\n there');
  });

  test('text parts are joined by line ends, and other parts are dropped', () => {
    const parts = [
      { type: 'text', text: 'a' },
      { type: 'image_url', image_url: { url: 'data:' } },
      { type: 'input_text', text: 'b' },
      { type: 'other', input_text: 'c' },
      null,
    ];
    expect(of(user(parts)).prompt).toBe('a\nb\nc');
  });

  test('earlier messages stand before the current one', () => {
    expect(of(user('U1'), { role: 'assistant', content: 'A1' }, user('U2')).prompt).toBe(
      '[Chat messages since your last reply - for context]\nUser: U1\nAssistant: A1\n\n' +
        '[Current message - respond to this]\nUser: U2',
    );
  });

  test('the prompt ends at the last user or tool message', () => {
    expect(of(user('U1'), { role: 'assistant', content: 'prefill' }).prompt).toBe('U1');
    expect(of({ role: 'assistant', content: 'A1' }).prompt).toBe('A1');
  });

  test('tool calls and their results are part of the prompt', () => {
    const call = { id: 'c1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Paris"}' } };
    const assistant = { role: 'assistant', content: null, tool_calls: [call] };
    expect(of(user('U1'), assistant, { role: 'tool', tool_call_id: 'c1', content: 'rain' }).prompt).toBe(
      '[Chat messages since your last reply - for context]\nUser: U1\n' +
        'Assistant: tool_call id=c1 name=get_weather arguments={"city":"Paris"}\n\n' +
        '[Current message - respond to this]\nTool:c1: rain',
    );
  });

  test('a role is known with blanks around it, but not in another case', () => {
    expect(of({ role: ' user ', content: 'hi' }, { role: 'USER', content: 'no' }).prompt).toBe('hi');
  });
});

test('system and developer messages are instructions, wherever they stand', () => {
  const call = of({ role: 'system', content: 'S' }, user('U'), { role: 'developer', content: ' D ' });
  expect([call.instructions, call.prompt]).toEqual(['S\n\nD', 'U']);
});

test.each([
  [[{ role: 'system', content: 'S' }]],
  [[user('')]],
  [[user(' \n ')]],
  [[user(null)]],
  [[user(7)]],
  [[user({})]],
  [[user([{ type: 'image_url' }])]],
  [[{ role: 'narrator', content: 'x' }]],
])('a call without a user, tool or assistant text has no prompt: %j', (messages) => {
  expect(of(...messages).prompt).toBeUndefined();
});

test('the model is read unchanged; a value that is no string is "openclaw" where types are not strict', () => {
  const model = (value: unknown): string => readCall({ model: value, messages: [user('x')] }, oldest).model;
  expect(['', '  ', ' openclaw ', undefined, null, 7].map(model)).toEqual([
    '',
    '  ',
    ' openclaw ',
    'openclaw',
    'openclaw',
    'openclaw',
  ]);
});

test('before types are strict any truthy value streams; null never does', () => {
  const stream = (value: unknown): boolean => readCall({ stream: value, messages: [user('x')] }, oldest).stream;
  expect(['true', 1, {}, null, 0].map(stream)).toEqual([true, true, true, false, false]);
  expect(readCall({ stream: null, messages: [user('x')] }, newest).stream).toBe(false);
});

test('a blank user is read as no user', () => {
  const named = (value: unknown): unknown => readCall({ user: value, messages: [user('x')] }, oldest).user;
  expect([' a ', '', ' ', 7, null].map(named)).toEqual(['a', undefined, undefined, undefined, undefined]);
});

describe('images', () => {
  const showing = (image: unknown, edition?: string): ReturnType<typeof readCall> =>
    readCall({ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: image }] }] }, behaviour(edition));
  const PNG = 'data:image/png;base64,aGk=';

  test.each([
    ['a data URL', { url: PNG }],
    ['the URL alone', PNG],
    ['a parameter', { url: 'data:image/jpeg;charset=utf-8;base64,aGk=' }],
  ])('%s alone is a message', (_title, image) => {
    expect(showing(image)).toMatchObject({ rejection: undefined, prompt: 'User sent image(s) with no text.' });
  });

  test.each([
    ['a link', { url: 'https://example.com/a.png' }],
    ['another type', { url: 'data:image/svg+xml;base64,aGk=' }],
    ['no base64', { url: 'data:image/png,hi' }],
    ['broken base64', { url: 'data:image/png;base64,???' }],
    ['more than 10 MiB', { url: `data:image/png;base64,${'A'.repeat(14 * 1024 * 1024)}` }],
  ])('%s is rejected', (_title, image) => {
    expect(showing(image)).toMatchObject({
      rejection: { status: 400, message: 'Invalid image_url content in `messages`.' },
    });
  });

  test('before releases read images they are dropped, and an image alone is no prompt', () => {
    expect(showing({ url: 'https://example.com/a.png' }, '2026.3.2')).toMatchObject({
      rejection: undefined,
      prompt: undefined,
    });
  });
});
