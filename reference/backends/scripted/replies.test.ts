import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Run } from '../backend.ts';
import { builtInReplies } from './built-in.ts';
import { loadReplies, Replies } from './replies.ts';
import { watchReplies } from './watch.ts';

const PATIENCE = { timeout: 20_000 };

const HELLO = { about: 'a greeting', events: [{ text: 'Hello' }] };
const run = (sessionKey = 'k'): Run => ({
  id: 'chatcmpl_1',
  agent: 'main',
  sessionKey,
  instructions: '',
  history: [],
  prompt: 'hi',
});

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'replies-'));
});
afterEach(() => rm(folder, { recursive: true }));

const write = async (name: string, json: unknown): Promise<void> =>
  await writeFile(join(folder, `${name}.json`), typeof json === 'string' ? json : JSON.stringify(json));

test('every reply of the kit loads', async () => {
  expect((await loadReplies()).get('one-word')?.events).toEqual([{ text: 'Hello' }]);
});

test('the built-in replies answer to their names alone, and have no faults', async () => {
  const replies = await loadReplies();
  const own = builtInReplies();
  for (const { name, reply } of replies.list()) {
    expect(reply).not.toHaveProperty('match');
    expect(own.play(name, run())).toEqual(replies.play(name, run()));
  }
  expect([replies.faulty, own.play('nosuch', run())]).toEqual([false, undefined]);
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
  expect(() => replies.put('b', { events: 1 })).toThrow(
    'Failed to load the reply "b": events: expected array, received number. See fixtures/schemas/reply.schema.json.',
  );
  expect(replies.list()).toEqual([]);
});

describe('files', () => {
  test.each([
    ['{', '1: Expected property name'],
    ['{\n  "text": "a"\n', "3: Expected ',' or '}' after property value. See"],
    ['{\n  "text": "a",\n  "more": 1\n}', '3: more: unknown key "more"; known: delay, text,'],
    ['{\n  "events": [\n    { "text": "y" },\n    { "txt": "y" }\n  ]\n}', '4: events.1: expected one of text, pause,'],
    ['{\n  "events": [{\n    "text": "y",\n    "times": 0\n  }]\n}', '4: events.0.times: too small'],
    [
      '{\n  "match": {\n    "message": {\n "pattern": "("\n}}}',
      '4: match.message.pattern: expected a regular expression without lookaround',
    ],
    [
      '{\n  "sequence": [\n429,\n{"text": "\\"a,\\n]", "fault":\n{"status": 200}}]}',
      '5: sequence.1.fault.status: too small',
    ],
    ['[]', '1: expected object, received array.'],
    ['{"text": 1}', '1: text: expected a text, or an array of texts.'],
    ['{"match": {}, "txt": ""}', '1: txt: unknown key "txt" (did you mean "text"?); known: '],
    [
      '{\n"events": [{ "txt": "y" }]}',
      '2: events.0: expected one of text, pause, hang, call, usage, finish, fail, each',
    ],
    ['{\n"sequence": [\n{ "tetx": "y" }]}', '3: sequence.0.tetx: unknown key "tetx" (did you mean "text"?)'],
    ['{"events": [\n{ "text": "y", "times": 1e15 }]}', '2: events.0.times: too big: expected number to be <=1000000'],
    [
      `{"events": [${Array.from({ length: 2 }, () => '{ "text": "y", "times": 900000 }').join()}]}`,
      '1: expected an answer of at most 1000000 pieces, got 1800000.',
    ],
    [
      `{"sequence": ["a",\n{"events": [{ "text": "${'y'.repeat(1000)}", "times": 900000 }]}]}`,
      '2: sequence.1: expected an answer of at most 67108864 characters, got 900000000.',
    ],
    ['{"events": [\n{ "pause": 2147483648 }]}', '2: events.0.pause: too big'],
    [`{"match": {"message": {"pattern": "${'(?:a|'.repeat(20_000)}"}}}`, '1: match.message.pattern: too big'],
    ['{"match": {"message": {"pattern": "((a{99}){99}){99}"}}}', '1: match.message.pattern: expected a regular'],
    ['{"match": {"message": {"pattern": "(?:a{900}){1}b{900}"}}}', '1: match.message.pattern: expected a regular'],
    [`{"toolCalls": [{ "name": "a", "arguments": ${'{"a":'.repeat(100)}1${'}'.repeat(100)} }]}`, '1: expected at most'],
    [`{"about": "${'y'.repeat(1024 * 1024)}"}`, ' expected a file of at most 1048576 bytes, got'],
  ])('what is wrong is named by file and line: %j', async (text, fault) => {
    await write('bad', text);
    await expect(loadReplies(folder)).rejects.toThrow(`Failed to load ${join(folder, 'bad.json')}:${fault}`);
  });

  test('all wrong files are told at once, a line for each thing wrong in them', async () => {
    await write('a', { txt: 1, once: 'no' });
    await write('b', '{');
    await write('c', { text: 'sound' });
    await mkdir(join(folder, 'd.json'));
    const lines = await loadReplies(folder).then(
      () => [],
      (error: Error) => error.message.split('\n'),
    );
    expect(lines.map((line) => line.replace(`Failed to load ${folder}/`, '').slice(0, 24)).toSorted()).toEqual([
      'a.json:1: once: expected',
      'a.json:1: txt: unknown k',
      'b.json:1: Expected prope',
      'd.json: expected a file,',
    ]);
  });

  test('there are a thousand replies at most, from files and beside them', async () => {
    for (let n = 0; n <= 1000; n++) await write(`r-${n}`, '{}');
    await expect(loadReplies(folder)).rejects.toThrow('expected at most 1000, got 1001. Remove some.');
    const replies = new Replies();
    for (let n = 0; n < 1000; n++) replies.put(`r-${n}`, {});
    replies.put('r-7', { text: 'another' });
    expect(() => replies.put('more', {})).toThrow('Failed to load replies: expected at most 1000, got 1001.');
  });

  test('a folder that is none is one line', async () => {
    await expect(loadReplies(join(folder, 'none'))).rejects.toThrow('expected a folder of replies, got ENOENT.');
  });

  test('of two folders the later one rules', async () => {
    await write('one-word', { text: 'Mine' });
    const replies = await loadReplies(join(import.meta.dirname, '../../../fixtures/replies'), folder);
    expect([replies.get('one-word'), replies.get('empty')?.events]).toEqual([{ text: 'Mine' }, []]);
  });

  test('a file that changes is read again, a broken one leaves what it was before, and says so in one line', async () => {
    await write('a', { text: 'first' });
    const replies = await loadReplies(folder);
    const lines: string[] = [];
    const stop = watchReplies(replies, [folder], (line) => lines.push(line));
    try {
      await write('a', { text: 'second' });
      await write('b', { text: 'new' });
      await expect
        .poll(() => [replies.get('a'), replies.get('b')], PATIENCE)
        .toEqual([{ text: 'second' }, { text: 'new' }]);
      await write('a', '{\n"text": 1}');
      await expect.poll(() => lines.at(-1), PATIENCE).toMatch(/^Failed to load .*a\.json:2: text: /);
      expect(replies.get('a')).toEqual({ text: 'second' });
      await rm(join(folder, 'b.json'));
      await expect.poll(() => replies.get('b'), PATIENCE).toBeUndefined();
    } finally {
      stop();
    }
  });
});

describe('sequences', () => {
  const [retry, ok] = [{ fault: { status: 429 } }, { text: 'ok' }];

  test('every call gets the next step, the last one all that follow; clear begins again', () => {
    const replies = new Replies(new Map([['a', { sequence: [429, 429, 'ok'] }]]));
    const play = () => replies.play('a', run());
    expect([play(), play(), play(), play()]).toEqual([retry, retry, ok, ok]);
    replies.clear();
    expect(play()).toEqual(retry);
  });

  test('what a step leaves out is the reply’s own', () => {
    const replies = new Replies();
    replies.put('a', { text: 'own', finish: 'length', sequence: [{ delay: 5 }, { text: 'step' }] });
    const play = () => replies.play('a', run());
    expect([play(), play()]).toEqual([
      { text: 'own', finish: 'length', delay: 5 },
      { text: 'step', finish: 'length' },
    ]);
  });

  test('once is once, then the next one matches', () => {
    const replies = new Replies();
    replies.put('b', { match: {}, text: 'b' });
    replies.put('a', { match: {}, once: true, sequence: ['1', '2'] });
    const names = [1, 2, 3].map(() => {
      const matched = replies.match(run());
      if ('name' in matched) replies.play(matched.name, run());
      return matched;
    });
    expect(names).toEqual([{ name: 'a' }, { name: 'a' }, { name: 'b' }]);
  });

  test('per session each session has its own count', () => {
    const replies = new Replies();
    replies.put('a', { sequence: ['1', '2'], perSession: true });
    const said = ['x', 'y', 'x', 'y'].map((session) => replies.play('a', run(session))?.text);
    expect(said).toEqual(['1', '1', '2', '2']);
  });
});
