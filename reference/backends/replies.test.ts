import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadReplies } from './replies.ts';

test('every reply of the kit loads', async () => {
  expect((await loadReplies()).get('one-word')?.events).toEqual([{ text: 'Hello' }]);
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
