import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadReplies, Replies } from './replies.ts';

const HELLO = { about: 'a greeting', events: [{ text: 'Hello' }] };

test('every reply of the kit loads', async () => {
  expect((await loadReplies()).get('one-word')?.events).toEqual([{ text: 'Hello' }]);
});

test('what was put and removed is forgotten by clear, what was loaded comes back', () => {
  const replies = new Replies(new Map([['b', HELLO]]));
  replies.put('a', { ...HELLO, events: [] });
  expect(replies.list().map(({ name }) => name)).toEqual(['a', 'b']);
  replies.put('b', { ...HELLO, events: [] });
  expect([replies.remove('a'), replies.remove('a'), replies.get('b')?.events]).toEqual([true, false, []]);
  replies.clear();
  expect(replies.list()).toEqual([{ name: 'b', reply: HELLO }]);
});

test('what is no reply, or has no name for one, is not put', () => {
  const replies = new Replies();
  expect(() => replies.put('../b', HELLO)).toThrow('Failed to name a reply: expected a-z, 0-9 and single -');
  expect(() => replies.put('b', { events: 1 })).toThrow('Failed to load the reply "b": expected a reply, got a fault');
  expect(replies.list()).toEqual([]);
});

test.each([
  ['{', 'got Expected property name'],
  ['{"about":"x","events":[{"txt":"y"}]}', 'got a fault at "events.0"'],
  ['{"about":"x","events":[],"more":1}', 'got a fault at ""'],
])('a file that is not a reply is named: %s', async (text, fault) => {
  const folder = await mkdtemp(join(tmpdir(), 'replies-'));
  try {
    await writeFile(join(folder, 'bad.json'), text);
    await expect(loadReplies(folder)).rejects.toThrow(`Failed to load ${join(folder, 'bad.json')}: expected a reply`);
    await expect(loadReplies(folder)).rejects.toThrow(fault);
  } finally {
    await rm(folder, { recursive: true });
  }
});
