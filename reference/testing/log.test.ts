/** The line of the log that a call comes to. */

import { expect, onTestFinished, test } from 'vitest';
import { Faults } from '../faults.ts';
import { Journal } from '../journal/journal.ts';
import { deployed, HEADERS, PATH, saying, TOKEN } from './deployed.ts';

const PATIENCE = { timeout: 20_000 };

interface Watched {
  readonly lines: readonly string[];
  readonly journal: Journal;
  readonly ask: (body: string, headers?: object, signal?: AbortSignal) => Promise<Response>;
}

async function watched(journaled: boolean): Promise<Watched> {
  const lines: string[] = [];
  const journal = new Journal();
  const faults = new Faults({ byHeader: true });
  const gateway = deployed({ faults, log: (line) => lines.push(line), ...(journaled && { journal }) });
  const url = `${await gateway.listen()}${PATH}`;
  onTestFinished(() => gateway.close(0));
  return {
    lines,
    journal,
    ask: (body, headers = {}, signal) =>
      fetch(url, { method: 'POST', headers: { ...HEADERS, ...headers }, body, signal: signal ?? null }),
  };
}

const newest = async (lines: readonly string[], of: RegExp): Promise<string> => {
  await expect.poll(() => lines.at(-1) ?? '', PATIENCE).toMatch(of);
  return lines.at(-1) ?? '';
};

test('a refusal tells its reason, and an answer nothing but its status', async () => {
  const { lines, ask } = await watched(false);
  await ask(saying('hi', { model: 'openclaw:gamma' }));
  await newest(lines, /^POST \/v1\/chat\/completions 400 Unknown agent 'gamma'\. \d+ ms$/);
  await ask(saying('hi'));
  await newest(lines, /^POST \/v1\/chat\/completions 200 \d+ ms$/);
  await ask(saying('hi'), { Authorization: 'Bearer wrong' });
  await newest(lines, /^POST \/v1\/chat\/completions 401 Unauthorized \d+ ms$/);
  await ask(saying('hi'), { 'x-openclaw-fault': 'status=503' });
  await newest(lines, /^POST \/v1\/chat\/completions 503 Service Unavailable \d+ ms$/);
});

test('a line has the number that the journal gives, and the entry the reason', async () => {
  const { lines, journal, ask } = await watched(true);
  await ask(saying('hi'));
  await newest(lines, /^#1 POST \/v1\/chat\/completions 200 \d+ ms$/);
  await ask(saying('hi', { model: 'openclaw:gamma' }));
  await newest(lines, /^#2 POST \/v1\/chat\/completions 400 Unknown agent 'gamma'\. \d+ ms$/);
  expect(journal.entries().map(({ message, reply }) => [message, reply])).toEqual([
    [null, null],
    ["Unknown agent 'gamma'.", null],
  ]);
});

test('the entry names the reply that answered, and the error that a stream ended with', async () => {
  const { journal, ask } = await watched(true);
  await (await ask(saying('play:sentence'))).text();
  await (await ask(saying('play:no-such'))).text();
  await (await ask(saying('play:fail-after-text', { stream: true }))).text();
  await journal.waitForRequest({ reply: 'fail-after-text', ended: true });
  expect(journal.entries().map(({ reply, message }) => [reply, message])).toEqual([
    ['sentence', null],
    [null, null],
    ['fail-after-text', expect.any(String)],
  ]);
});

test.each([
  ['cut=1', true, 'cut by a fault'],
  ['reset=1', true, 'cut by a fault'],
  ['cut=10', false, 'cut by a fault'],
  ['reset=10', false, 'cut by a fault'],
  ['end=1', true, '200'],
])('what a fault cuts is not told of the client: %s of a stream, %s: %s', async (fault, stream, outcome) => {
  for (const journaled of [true, false]) {
    const { lines, journal, ask } = await watched(journaled);
    await ask(saying('play:sentence', { stream }), { 'x-openclaw-fault': fault })
      .then((answer) => answer.text())
      .catch(() => undefined);
    const number = journaled ? '#1 ' : '';
    await newest(lines, new RegExp(`^${number}POST /v1/chat/completions ${outcome} \\d+ ms$`));
    if (!journaled) continue;
    const { abortedBy } = await journal.waitForRequest({ ended: true });
    expect(abortedBy).toBe(outcome === '200' ? null : 'fault');
  }
});

test('a client that leaves is told to have left, also where a fault would hang', async () => {
  const { lines, journal, ask } = await watched(true);
  const leaving = new AbortController();
  const answer = await ask(saying('play:sentence', { stream: true }), { 'x-openclaw-fault': 'hang=1' }, leaving.signal);
  await answer.body?.getReader().read();
  leaving.abort();
  await newest(lines, /^#1 POST \/v1\/chat\/completions client left \d+ ms$/);
  expect((await journal.waitForRequest({ ended: true })).abortedBy).toBe('client');
});

test('what a closing gateway cuts is its own', async () => {
  const lines: string[] = [];
  const gateway = deployed({ log: (line) => lines.push(line) });
  const url = `${await gateway.listen()}${PATH}`;
  const answer = await fetch(url, { method: 'POST', headers: HEADERS, body: saying('play:hang', { stream: true }) });
  await answer.body?.getReader().read();
  await gateway.close(0);
  await newest(lines, /^POST \/v1\/chat\/completions cut by the gateway \d+ ms$/);
});

test('no secret is in a reason, neither half of one, nor what a terminal would obey', async () => {
  const { lines, journal, ask } = await watched(true);
  const half = TOKEN.slice(0, 8);
  await ask(saying('hi'), { 'x-openclaw-agent-id': TOKEN });
  await ask(saying('hi'), { 'x-openclaw-agent-id': `Bearer ${'z'.repeat(30)}` });
  await ask(saying('hi'), { 'x-openclaw-agent-id': 'a\u009b31m\u00ad' });
  await ask(saying('hi'), { 'x-openclaw-agent-id': 'x'.repeat(9_000) });
  await ask(TOKEN);
  await ask(`{"token": ${TOKEN}, "a": "${'x'.repeat(100)}"}`);
  await expect.poll(() => lines.length, PATIENCE).toBe(6);
  const all = [...lines, JSON.stringify(journal.entries().map(({ message }) => message))].join('\n');
  expect(all).not.toContain(half);
  expect(all).not.toContain('zzzz');
  expect(lines.join('')).not.toMatch(/\p{C}/u);
  expect(lines[2]).toContain("Unknown agent 'a\\u{9b}31m\\u{ad}'.");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(300);
  expect(lines[4]).toMatch(/400 Unexpected token 'k' is not valid JSON \d+ ms$/);
});
