import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, expect, test, type TestContext } from 'vitest';
import { openControl } from '../adapters/control.ts';
import { instruments } from '../command/instruments.ts';
import { Faults } from '../faults.ts';
import { Journal } from '../journal/journal.ts';
import { openSessions } from '../sessions/open.ts';
import { Sessions } from '../sessions/sessions.ts';
import { openState } from '../sessions/sqlite.ts';

/** A disk of one mebibyte, mounted for each test. */
const disk = fs.mkdtempSync(join(tmpdir(), 'openclaw-kit-disk-'));
const run = (command: string, ...words: string[]) => spawnSync(command, words, { encoding: 'utf8' });
let refused: string | undefined;

beforeEach((context: TestContext) => {
  const mounted = run('mount', '-t', 'tmpfs', '-o', 'size=1m,mode=700', 'openclaw-kit', disk);
  refused =
    mounted.status === 0 ? undefined : `no small disk can be mounted: ${mounted.stderr ?? mounted.error?.message}`;
  if (refused !== undefined) context.skip(refused);
});
afterEach(() => {
  if (refused === undefined) expect(run('umount', '-l', disk).stderr).toBe('');
});
afterAll(() => fs.rmdirSync(disk));

const file = join(disk, 'sessions.db');
const filler = join(disk, 'filler');

function fill(): void {
  const to = fs.openSync(filler, 'a');
  try {
    for (;;) fs.writeSync(to, Buffer.alloc(4096));
  } catch (full) {
    expect((full as NodeJS.ErrnoException).code).toBe('ENOSPC');
  } finally {
    fs.closeSync(to);
  }
}

const makeRoom = (): void => fs.rmSync(filler);

async function say(sessions: Sessions, key: string, text: string): Promise<void> {
  const visit = await sessions.enter({ agent: 'main', key, kept: true }, new AbortController().signal);
  try {
    await visit.remember([{ role: 'user', text }]);
  } finally {
    visit.leave();
  }
}

const said = (sessions: Sessions, key: string): string[] => (sessions.read(key) ?? []).map(({ text }) => text);

const FULL = 'got a full disk. Make room on it, or name another file.';
const NOT_WRITTEN = `Failed to write ${file}: expected a writable file of sessions, ${FULL}`;
const NOT_OPENED = (path: string): string => `Failed to open ${path}: expected a file of sessions, ${FULL}`;

test('on a full disk nothing more is remembered, and all that was is there; with room it goes on', async () => {
  const sessions = await openSessions(file);
  await say(sessions, 'a', 'one');
  fill();
  for (const key of ['a', 'b']) await expect(say(sessions, key, 'two')).rejects.toThrow(NOT_WRITTEN);
  expect(() => sessions.reset()).toThrow(NOT_WRITTEN);
  expect([said(sessions, 'a'), sessions.keys()]).toEqual([['one'], ['a']]);
  makeRoom();
  await say(sessions, 'a', 'three');
  sessions.close();
  const after = await openSessions(file);
  expect([said(after, 'a'), after.keys()]).toEqual([['one', 'three'], ['a']]);
  after.close();
});

test('what is to be forgotten on a full disk waits for room, and no call fails for it', async () => {
  const sessions = new Sessions({ capacity: { sessions: 1 }, state: openState(file) });
  await say(sessions, 'a', 'one');
  fill();
  const visit = await sessions.enter({ agent: 'main', key: 'b', kept: true }, new AbortController().signal);
  expect(sessions.keys()).toEqual(['a', 'b']);
  makeRoom();
  expect(sessions.keys()).toEqual(['b']);
  visit.leave();
  sessions.close();
  const after = await openSessions(file);
  expect(after.keys()).toEqual([]);
  after.close();
});

test('a start on a full disk is refused where a crash left a log, as it is; with room all is there', async () => {
  const holder = await openSessions(file);
  for (const text of ['one', 'two']) await say(holder, 'a', text);
  const crashed = join(disk, 'crashed.db');
  const parts = ['', '-wal'];
  for (const part of parts) fs.copyFileSync(`${file}${part}`, `${crashed}${part}`);
  const bytes = () => parts.map((part) => fs.readFileSync(`${crashed}${part}`));
  const before = bytes();
  fill();
  await expect(openSessions(crashed)).rejects.toThrow(NOT_OPENED(crashed));
  expect(bytes()).toEqual(before);
  makeRoom();
  const after = await openSessions(crashed);
  expect(said(after, 'a')).toEqual(['one', 'two']);
  after.close();
  holder.close();
});

test('a file that was closed is read on a full disk, and a new one is refused and leaves nothing behind', async () => {
  const before = await openSessions(file);
  await say(before, 'a', 'one');
  before.close();
  fill();
  const sessions = await openSessions(file);
  expect(said(sessions, 'a')).toEqual(['one']);
  await expect(say(sessions, 'a', 'two')).rejects.toThrow(NOT_WRITTEN);
  sessions.close();
  const fresh = join(disk, 'new.db');
  await expect(openSessions(fresh)).rejects.toThrow(NOT_OPENED(fresh));
  expect(fs.readdirSync(disk).toSorted()).toEqual(['filler', 'sessions.db']);
});

test('a file on a disk that is read-only is refused as it is, a log beside it or not', async () => {
  const holder = await openSessions(file);
  await say(holder, 'a', 'one');
  const crashed = join(disk, 'crashed.db');
  for (const part of ['', '-wal']) fs.copyFileSync(`${file}${part}`, `${crashed}${part}`);
  holder.close();
  expect(run('mount', '-o', 'remount,ro', disk).stderr).toBe('');
  for (const path of [file, crashed, join(disk, 'new.db')]) {
    const line = `Failed to open ${path}: expected a file of sessions, got one that cannot be written. `;
    await expect(openSessions(path)).rejects.toThrow(line);
  }
  expect(run('mount', '-o', 'remount,rw', disk).stderr).toBe('');
  for (const path of [file, crashed]) {
    const sessions = await openSessions(path);
    expect(said(sessions, 'a')).toEqual(['one']);
    sessions.close();
  }
});

test('POST /reset does nothing by half: on a full disk it says so, and with room it does all', async () => {
  const house = { journal: new Journal(), sessions: await openSessions(file), faults: new Faults() };
  const control = await openControl(house, 0, () => undefined);
  const reset = async () => await fetch(`${control.url}/reset`, { method: 'POST' });
  house.journal.unread(400, new Duplex());
  house.faults.add({ status: 429 });
  await say(house.sessions, 'a', 'one');
  const there = () => [house.journal.entries().length, house.sessions.size, house.faults.list().length];
  fill();
  const full = await reset();
  expect([full.status, await full.json()]).toEqual([507, { error: { message: NOT_WRITTEN, type: 'api_error' } }]);
  expect((await fetch(`${control.url}/sessions/a`, { method: 'DELETE' })).status).toBe(507);
  expect(there()).toEqual([1, 1, 1]);
  makeRoom();
  expect([(await reset()).status, there()]).toEqual([204, [0, 0, 0]]);
  control.close();
  house.sessions.close();
});

test('a journal is written again once there is room, line by line whole, and says how many requests it lacks', async () => {
  const path = join(disk, 'journal.jsonl');
  const printed: string[] = [];
  const journal = new Journal(instruments({ journal: path }, (line) => void printed.push(line)).journal);
  const hear = async (requests = 1) => {
    for (let left = requests; left > 0; left--) journal.unread(400, new Duplex());
    await turn();
  };
  await hear();
  fill();
  // What is left of the last page takes a few more, the last of them by half: here in the middle of a write.
  while (printed.length === 0) await hear(2);
  const there = fs.readFileSync(path, 'utf8').split('\n').length - 1;
  await hear();
  const lacks = journal.last - there;
  makeRoom();
  await hear();
  const lines = fs.readFileSync(path, 'utf8').split('\n');
  const numbers = lines.slice(0, -1).map((line) => (JSON.parse(line) as { number: number }).number);
  expect(numbers).toEqual([...Array.from({ length: there }, (_, at) => at + 1), journal.last]);
  expect([lines.at(-1), ...printed]).toEqual([
    '',
    `Failed to write the journal ${path}: expected a file to add to, got ENOSPC. Requests are left out until it can be.`,
    `The journal ${path} is written again. Requests that it lacks: ${lacks}.`,
  ]);
});
