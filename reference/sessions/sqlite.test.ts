import { spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { deployed, HEADERS, PATH, saying } from '../testing/deployed.ts';
import { openSessions } from './open.ts';
import { Sessions } from './sessions.ts';
import { openState } from './sqlite.ts';
import type { Exchange } from './store.ts';

const never = new AbortController().signal;
const folder = fs.mkdtempSync(join(tmpdir(), 'openclaw-kit-state-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

let file = '';
beforeEach(({ task }) => void (file = join(folder, `${task.id}.db`)));

const exchange = (text: string): Exchange => [
  { role: 'user', text },
  { role: 'assistant', text: `You said: ${text}` },
];

async function say(sessions: Sessions, key: string, text: string): Promise<void> {
  const visit = await sessions.enter({ agent: 'main', key, kept: true }, never);
  await visit.remember(exchange(text));
  visit.leave();
}

/** Hashes of the file and its log; undefined for a missing one. */
const bytes = (): (string | undefined)[] =>
  [file, `${file}-wal`].map((path) => (fs.existsSync(path) ? hash('sha256', fs.readFileSync(path)) : undefined));

/** A file with something in it, closed. */
async function written(): Promise<void> {
  const sessions = await openSessions(file);
  for (let n = 0; n < 200; n++) await say(sessions, `user-${n % 20}`, 'x'.repeat(500));
  sessions.close();
}

test('a reopened file has every exchange in its order, with any characters in keys and texts', async () => {
  const odd = ['', '\0nul', '\uD800 half', '"quoted"\n', '🦞', '../../etc/passwd'];
  const before = await openSessions(file);
  for (const key of odd) for (const text of odd) await say(before, key, text);
  before.close();
  const after = await openSessions(file);
  expect(after.keys()).toEqual(odd);
  for (const key of odd) expect(after.read(key)).toEqual(odd.flatMap(exchange));
  after.close();
});

test('the order in which sessions are evicted outlives the process', async () => {
  const before = await openSessions(file);
  for (const key of ['a', 'b', 'c', 'a']) await say(before, key, key);
  before.close();
  const after = new Sessions({ capacity: { sessions: 2 }, state: openState(file) });
  expect(after.keys()).toEqual(['c', 'a']);
  await say(after, 'd', 'd');
  after.close();
  const last = await openSessions(file);
  expect(last.keys()).toEqual(['a', 'd']);
  last.close();
});

test('evicting, resetting and shortening a session changes the file too', async () => {
  const before = new Sessions({ capacity: { exchanges: 3 }, state: openState(file) });
  for (const text of ['1', '2', '3', '4', '5']) await say(before, 'long', text);
  for (const key of ['a', 'b']) await say(before, key, key);
  before.reset('a');
  before.close();
  const after = new Sessions({ capacity: { exchanges: 2 }, state: openState(file) });
  expect(after.keys()).toEqual(['long', 'b']);
  expect(after.read('long')).toEqual(['4', '5'].flatMap(exchange));
  await say(after, 'long', '6');
  after.close();
  const last = await openSessions(file);
  expect(last.read('long')).toEqual(['5', '6'].flatMap(exchange));
  last.reset();
  last.close();
  expect((await openSessions(file)).size).toBe(0);
});

describe('a long exchange', () => {
  const long = (words: string): Exchange => exchange(words.repeat(1_500_000 / words.length));
  const said = [long('word '), long('"\\\n\uD800🦞')] as const;
  const rowsIn = (): { part: number }[] => {
    const database = new DatabaseSync(file, { readOnly: true });
    const rows = database.prepare('SELECT part FROM exchange ORDER BY number').all();
    database.close();
    return rows as unknown as { part: number }[];
  };

  test('is stored in rows of their own, between which the event loop goes round, and read again whole', async () => {
    const before = await openSessions(file);
    const visit = await before.enter({ agent: 'main', key: 'k', kept: true }, never);
    for (const one of said) {
      let rounds = 0;
      let over = false;
      setImmediate(function round() {
        rounds += 1;
        if (!over) setImmediate(round);
      });
      await visit.remember(one);
      over = true;
      expect(rounds).toBeGreaterThan(9);
    }
    visit.leave();
    await say(before, 'k', 'short');
    before.close();
    const parts = rowsIn().map(({ part }) => part);
    expect([parts.filter((part) => part < 0).length, parts.at(-1), Math.min(...parts) < -9]).toEqual([3, -1, true]);
    const after = await openSessions(file);
    expect(after.read('k')).toEqual([...said.flat(), ...exchange('short')]);
    after.close();
  });

  test('is forgotten whole when a session is shortened', async () => {
    const before = new Sessions({ capacity: { exchanges: 2 }, state: openState(file) });
    const visit = await before.enter({ agent: 'main', key: 'k', kept: true }, never);
    for (const one of [said[0], exchange('2'), exchange('3')]) await visit.remember(one);
    visit.leave();
    before.close();
    expect(rowsIn()).toEqual([{ part: -1 }, { part: -1 }]);
  });

  test('is none, and leaves nothing behind, when its session is reset meanwhile', async () => {
    const sessions = await openSessions(file);
    await say(sessions, 'other', '1');
    const visit = await sessions.enter({ agent: 'main', key: 'k', kept: true }, never);
    const stored = visit.remember(said[0]);
    sessions.reset('k');
    await stored;
    visit.leave();
    expect([sessions.keys(), sessions.read('k')]).toEqual([['other'], undefined]);
    await say(sessions, 'k', 'new');
    sessions.close();
    expect(rowsIn()).toEqual([{ part: -1 }, { part: -1 }]);
  });

  test('is none when the process ended in its middle, whatever was said before', async () => {
    const before = await openSessions(file);
    await say(before, 'k', 'before');
    const visit = await before.enter({ agent: 'main', key: 'k', kept: true }, never);
    const stored = Promise.resolve(visit.remember(said[0]));
    // As a killed process leaves it: without what was to come.
    const copies = ['', '-wal'].map((part) => [part, fs.readFileSync(`${file}${part}`)] as const);
    before.close();
    await expect(stored).rejects.toThrow(`Failed to write ${file}: `);
    expect(before.read('k')).toEqual(exchange('before'));
    for (const [part, content] of copies) fs.writeFileSync(`${file}${part}`, content);
    const after = await openSessions(file);
    expect(after.read('k')).toEqual(exchange('before'));
    await say(after, 'k', 'after');
    after.close();
    expect(rowsIn()).toEqual([{ part: -1 }, { part: -1 }]);
  });
});

test('an exchange that cannot be written is not remembered', async () => {
  const sessions = await openSessions(file);
  await say(sessions, 'k', 'kept');
  sessions.close();
  const visit = await sessions.enter({ agent: 'main', key: 'k', kept: true }, never);
  expect(() => visit.remember(exchange('lost'))).toThrow();
  visit.leave();
  expect(sessions.read('k')).toEqual(exchange('kept'));
});

test('a failed write is reported in the response', async () => {
  const sessions = await openSessions(file);
  const lines: string[] = [];
  const gateway = deployed({ sessions, log: (line) => lines.push(line) });
  const url = `${await gateway.listen()}${PATH}`;
  const body = async (more: object): Promise<string> => {
    const answer = await fetch(url, { method: 'POST', headers: HEADERS, body: saying('hi', { user: 'u', ...more }) });
    return await answer.text();
  };
  const failure = '{"error":{"message":"internal error","type":"api_error"}}';
  expect(await body({})).toContain('You said: hi');
  sessions.close();
  expect(await body({})).toBe(failure);
  expect((await body({ stream: true })).split('\n\n').slice(-3)).toEqual([`data: ${failure}`, 'data: [DONE]', '']);
  expect(lines.join('\n')).toMatch(/Failed to answer [^]*Failed to finish /);
  expect(sessions.read('agent:main:openai-user:u')).toEqual(exchange('hi'));
  await gateway.close(0);
});

test('a closed file has no files beside it, and only its owner can read it', async () => {
  await written();
  expect(fs.readdirSync(folder).filter((name) => join(folder, name).startsWith(file))).toHaveLength(1);
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
});

test('opening prints no warning of Node about SQLite', async () => {
  const script = `import { openState } from ${JSON.stringify(new URL('sqlite.ts', import.meta.url))};
    openState(${JSON.stringify(file)}).close(); process.emitWarning('still printed');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (piece: Buffer) => (printed += piece.toString()));
  await once(child, 'close');
  expect(printed).toMatch(/^\(node:\d+\) Warning: still printed\n/);
});

describe('an unfit file', () => {
  const patched = async (at: number, ...patch: number[]): Promise<void> => {
    await written();
    const content = fs.readFileSync(file);
    content.set(patch, at);
    fs.writeFileSync(file, content);
  };

  const unfit: Record<string, [got: string, made: () => unknown]> = {
    'a folder': ['a folder.', () => fs.mkdirSync(file)],
    'something that is no regular file': [
      'something that is no regular file.',
      () => fs.symlinkSync('/dev/null', file),
    ],
    'an empty one': ['an empty one.', () => fs.writeFileSync(file, '')],
    'a text file': ['a file of another program.', () => fs.writeFileSync(file, 'a shopping list\n'.repeat(100))],
    'a database of another program': [
      'a file of another program.',
      () => {
        const other = new DatabaseSync(file);
        other.exec('CREATE TABLE session (key TEXT); PRAGMA application_id = 7; PRAGMA user_version = 1');
        other.close();
      },
    ],
    'a later version': ['one of version 4, not 3.', async () => await patched(60, 0, 0, 0, 4)],
    'a header alone': ['a damaged one.', async () => (await written(), fs.truncateSync(file, 100))],
    'a truncated one': ['a damaged one.', async () => (await written(), fs.truncateSync(file, 20_000))],
    'one that lacks its last byte': [
      'a damaged one.',
      async () => (await written(), fs.truncateSync(file, fs.statSync(file).size - 1)),
    ],
    'one overwritten in its middle': [
      'a damaged one.',
      async () => await patched(5 * 4096, ...Buffer.alloc(4096, 0x5a)),
    ],
    'rows that are no exchanges': [
      'a damaged one.',
      async () => {
        await written();
        const database = new DatabaseSync(file);
        database.exec('UPDATE exchange SET turns = \'[{"role":"king"}]\' WHERE number = 7');
        database.close();
      },
    ],
    'one without its table': [
      'a damaged one.',
      async () => {
        await written();
        const database = new DatabaseSync(file);
        database.exec('DROP TABLE exchange');
        database.close();
      },
    ],
    'one without write permission': [
      'one that cannot be written.',
      async () => (await written(), fs.chmodSync(file, 0o444)),
    ],
    'a log alone': ['the log of one, without the file itself.', () => fs.writeFileSync(`${file}-wal`, 'frames')],
    'a file where its folder should be': [
      'no folder for it.',
      () => {
        fs.writeFileSync(file, '');
        file = join(file, 'state.db');
      },
    ],
  };

  test.each(Object.entries(unfit))('%s is refused in one line, and not changed', async (_name, [got, made]) => {
    await made();
    const before = fs.statSync(file, { throwIfNoEntry: false })?.isFile() ? bytes() : [];
    const line = `Failed to open ${file}: expected a file of sessions, got ${got}`;
    const refused = await openSessions(file).then(
      () => 'opened',
      (cause: Error) => cause.message,
    );
    expect(refused.slice(0, line.length)).toBe(line);
    expect(refused.slice(line.length)).toMatch(/^ [A-Z][^\n]+\.$/);
    if (before.length > 0) expect(bytes()).toEqual(before);
  });

  test('a damaged file with a log beside it is refused, and not changed', async () => {
    await written();
    const sound = fs.readFileSync(file);
    const holder = await openSessions(file);
    await say(holder, 'user-1', 'in the log');
    const log = fs.readFileSync(`${file}-wal`);
    holder.close();
    fs.writeFileSync(file, sound.fill(0x5a, 5 * 4096, 6 * 4096));
    fs.writeFileSync(`${file}-wal`, log);
    const before = bytes();
    await expect(openSessions(file)).rejects.toThrow('got a damaged one.');
    expect(bytes()).toEqual(before);
  });

  test('a file that another reference holds is refused, and not changed', async () => {
    const holder = await openSessions(file);
    await say(holder, 'k', '1');
    const before = bytes();
    await expect(openSessions(file)).rejects.toThrow('got one that another process holds.');
    expect(bytes()).toEqual(before);
    await say(holder, 'k', '2');
    holder.close();
    const after = await openSessions(file);
    expect(after.read('k')).toEqual(['1', '2'].flatMap(exchange));
    after.close();
  });
});

test('of two references that create the same file at once, one is refused', async () => {
  const opened = await Promise.allSettled([openSessions(file), openSessions(file)]);
  expect(opened.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  for (const one of opened) if (one.status === 'fulfilled') one.value.close();
});
