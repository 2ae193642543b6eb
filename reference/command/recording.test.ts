import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { RunFailure, type Backend, type Run, type RunEvent } from '../backends/backend.ts';
import { loadReplies } from '../backends/scripted/replies.ts';
import { scriptedBackend } from '../backends/scripted/scripted.ts';
import { recorded } from './recording.ts';

const SECRET = 'sk-swordfish-4711';
const never = new AbortController().signal;

const folder = mkdtempSync(join(tmpdir(), 'recording-'));
beforeEach(() => readdirSync(folder).forEach((file) => rmSync(join(folder, file))));
afterAll(() => rmSync(folder, { recursive: true }));

const runOf = (prompt: string, more: Partial<Run> = {}): Run => ({
  id: 'chatcmpl_1',
  agent: 'main',
  sessionKey: 'k',
  instructions: '',
  history: [],
  prompt,
  ...more,
});

/** A provider that says these events, with so many milliseconds before each. */
const provider = (events: readonly (RunEvent | RunFailure)[], wait = 0): Backend => ({
  async *run() {
    for (const event of events) {
      const { promise, resolve } = Promise.withResolvers<void>();
      setTimeout(resolve, wait);
      await promise;
      if (event instanceof RunFailure) throw event;
      yield event;
    }
  },
});

const log: string[] = [];
const recording = (backend: Backend): Backend =>
  recorded(backend, { folder, secrets: [SECRET, undefined], log: (line) => log.push(line) });
const heard = (backend: Backend, run: Run): Promise<RunEvent[]> => Array.fromAsync(backend.run(run, never));
const replay = async (run: Run): Promise<RunEvent[]> => heard(scriptedBackend(await loadReplies(folder)), run);
const texts = (): string =>
  readdirSync(folder)
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('');

const SAID: RunEvent[] = [
  { type: 'text', text: 'Hel' },
  { type: 'text', text: 'lo {{agent}} {{{' },
  { type: 'call', index: 0, id: 'call_1', name: 'look' },
  { type: 'arguments', index: 0, text: '{"at":"{{mod' },
  { type: 'arguments', index: 0, text: 'el}}"}' },
  { type: 'usage', input: 3, output: 5, cached: 1 },
  { type: 'finish', reason: 'tool_calls' },
];

test('what a provider said plays again without it: deltas, calls, usage and finish, at its pace', async () => {
  const run = runOf('Which (day) is it? $1 [x] é\nNow.', {
    tools: [{ name: 'look', description: '', parameters: {} }],
  });
  expect(await heard(recording(provider(SAID, 15)), run)).toEqual(SAID);
  const began = performance.now();
  const played = await replay(run);
  expect(performance.now() - began).toBeGreaterThan(40);
  const said = (events: RunEvent[], type: 'text' | 'arguments'): string =>
    events.flatMap((event) => (event.type === type ? [event.text] : [])).join('');
  expect(said(played, 'text')).toBe('Hello {{agent}} {{{');
  expect(JSON.parse(said(played, 'arguments'))).toEqual({ at: '{{model}}' });
  expect(played.filter(({ type }) => !['text', 'arguments'].includes(type))).toEqual(
    SAID.filter(({ type }) => !['text', 'arguments'].includes(type)),
  );
  expect(statSync(join(folder, 'recorded-0001.json')).mode & 0o777).toBe(0o600);
});

test('the same call again is the next step; another call, or another turn, is another reply', async () => {
  let said = 0;
  const backend = recording({ run: () => [{ type: 'text', text: `answer ${++said}` }] });
  for (const run of [
    runOf('hi'),
    runOf('hi'),
    runOf('hi there'),
    runOf('hi', { history: [{ role: 'user', text: 'a' }] }),
  ])
    await heard(backend, run);
  expect(readdirSync(folder).toSorted()).toEqual(['recorded-0001.json', 'recorded-0002.json', 'recorded-0003.json']);
  const scripted = scriptedBackend(await loadReplies(folder));
  const answers = [];
  for (const run of [runOf('hi there'), runOf('hi'), runOf('hi')]) {
    const [first] = (await heard(scripted, run)).filter(({ type }) => type === 'text');
    answers.push(first);
  }
  expect(answers).toEqual(['answer 3', 'answer 1', 'answer 2'].map((text) => ({ type: 'text', text })));
});

test('a failure is recorded, and fails again', async () => {
  const backend = recording(provider([{ type: 'text', text: 'Well' }, new RunFailure(429, 'Slow down.')]));
  await expect(heard(backend, runOf('hi'))).rejects.toThrow('Slow down.');
  await expect(replay(runOf('hi'))).rejects.toMatchObject({ status: 429, message: 'Slow down.' });
});

test('a run that its client leaves is not recorded', async () => {
  for await (const _ of recording(provider(SAID)).run(runOf('hi'), never)) break;
  expect(readdirSync(folder)).toEqual([]);
});

test('no file holds a secret, not even one that several deltas spell', async () => {
  const pieces = ['The key is sk-sword', 'fish-', '4711, keep it.'].map((text): RunEvent => ({ type: 'text', text }));
  await heard(recording(provider(pieces)), runOf(`my key is ${SECRET}`));
  const failing = recording(provider([new RunFailure(401, `Wrong key ${SECRET}`)]));
  await expect(heard(failing, runOf('other'))).rejects.toThrow();
  const [first] = (await replay(runOf(`my key is ${SECRET}`))).filter(({ type }) => type === 'text');
  expect(first).toEqual({ type: 'text', text: 'The key is [redacted], keep it.' });
  expect(texts()).not.toMatch(/swordfish|sk-sword|4711/);
});

test('an answer that is too long for a file is said and left out; a folder that cannot be made is told', async () => {
  const long = provider([{ type: 'text', text: 'x'.repeat(1024 * 1024) }]);
  await heard(recording(long), runOf('long'));
  expect(readdirSync(folder)).toEqual([]);
  expect(log.at(-1)).toBe('Not recorded: an answer of more than 1048576 bytes.');
  writeFileSync(join(folder, 'file'), '');
  expect(() => recorded(long, { folder: join(folder, 'file'), secrets: [], log: () => {} })).toThrow(
    /^Failed to record to .*: expected a folder to write to, got E\w+\. Name another one\.$/,
  );
});
