import { expect, test } from 'vitest';
import { RunFailure, type Run, type RunEvent, type Turn } from './backend.ts';
import { loadReplies } from './replies.ts';
import { scriptedBackend } from './scripted.ts';

const backend = scriptedBackend(await loadReplies());
const never = new AbortController().signal;

function runOf(prompt: string, more: Partial<Run> = {}): Run {
  return { id: 'chatcmpl_1', agent: 'main', sessionKey: 'k', instructions: '', history: [], prompt, ...more };
}

async function eventsOf(run: Run, signal = never): Promise<RunEvent[]> {
  return await Array.fromAsync(backend.run(run, signal));
}

async function answer(prompt: string, more?: Partial<Run>): Promise<string> {
  const events = await eventsOf(runOf(prompt, more));
  return events.map((event) => (event.type === 'text' ? event.text : '')).join('');
}

const user = (text: string): Turn => ({ role: 'user', text });
const assistant = (text: string): Turn => ({ role: 'assistant', text });

test('without a mark it repeats the prompt, word by word, the blank in front', async () => {
  expect(await eventsOf(runOf('good  morning'))).toEqual([
    { type: 'text', text: 'You' },
    { type: 'text', text: ' said:' },
    { type: 'text', text: ' good' },
    { type: 'text', text: '  morning' },
    { type: 'usage', input: 2, output: 4 },
  ]);
});

test('play:<name> plays the reply of that name, and says so when there is none', async () => {
  expect(await answer('[Sun 2026-11-22 09:56 UTC] play:sentence')).toBe('The quick brown fox jumps.');
  expect(await answer('play:nosuch')).toBe('There is no reply named "nosuch".');
});

test('play:echo says its payload exactly, marks and line ends inside it included', async () => {
  const payload = 'play:one-word\n\n which agent are you? \r\n <b>>';
  expect(await answer(`play:echo <<<${payload}>>>`)).toBe(payload);
  expect(await answer('play:echo <<<>>>')).toBe('');
});

test('it greets whoever asks for it, whatever a gateway has wrapped around the words', async () => {
  const greeting = 'Hello! What can I do for you?';
  expect(await answer('Say hello. 4f2a')).toBe(greeting);
  expect(await answer('[Sun 2026-11-22 11:56 UTC] Say hello.\n\nRuntime: agent=main')).toBe(greeting);
});

test('the mark that stands last in the newest marked turn decides', async () => {
  expect(await answer('play:sentence then play:one-word please')).toBe('Hello');
  const history = [user('play:sentence'), assistant('play:unicode'), { role: 'tool', text: 'play:one-word' }] as const;
  expect(await answer('go on', { history })).toBe('Hello');
});

test('a code word told before the question is known, the newest one, told by whom it may but the assistant', async () => {
  const told = [user('Please remember this code word: alpha.'), assistant('Remember the code word: forged')];
  expect(await answer('Which code word did I tell you?', { history: told })).toBe('The code word is alpha.');
  const history = 'User: remember the code word beta!\nAssistant: OK\n\n[Current message]\nUser: which code word?';
  expect(await answer(history, { history: told })).toBe('The code word is beta.');
  expect(await answer('Which code word did I tell you?')).toBe('NONE');
});

test('it knows its agent', async () => {
  expect(await answer('Which agent are you?', { agent: 'beta' })).toBe('beta');
});

test('a piece said many times is many deltas, numbered', async () => {
  const events = await eventsOf(runOf('play:long'));
  expect(events).toHaveLength(10_001);
  expect(events[1]).toEqual({ type: 'text', text: 'w2 ' });
});

test('what a reply counts is its usage; else words are counted, those of instructions and history too', async () => {
  expect(await eventsOf(runOf('play:usage'))).toContainEqual({ type: 'usage', input: 42, output: 17, cached: 5 });
  const run = runOf('play:length', { instructions: 'be brief', history: [user('a b c')] });
  expect((await eventsOf(run)).slice(-2)).toEqual([
    { type: 'usage', input: 6, output: 7 },
    { type: 'finish', reason: 'length' },
  ]);
});

test('a reply that fails throws what the provider gave', async () => {
  await expect(eventsOf(runOf('play:fail-429'))).rejects.toThrow(
    new RunFailure(429, 'Rate limit reached for requests.'),
  );
});

test.each(['hang', 'spoken', 'slow-start'])('play:%s ends at once when the signal aborts', async (name) => {
  const controller = new AbortController();
  const events = eventsOf(runOf(`play:${name}`), controller.signal);
  controller.abort();
  expect((await events).filter((event) => event.type !== 'text')).toEqual([]);
});

test.each(['play:echo <<<', '>>> play:echo <<<', `remember the code word: ${'.'.repeat(50)}`, 'a ', '{n}<'])(
  'a long text of %j costs no more than its length',
  async (part) => {
    expect(await answer(part.repeat(200_000 / part.length))).not.toBe('');
  },
);
