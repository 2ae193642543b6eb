import { expect, test } from 'vitest';
import { RunFailure, type Backend, type Run } from '../../../reference/backends/backend.ts';
import { Replies } from '../../../reference/backends/scripted/replies.ts';
import type { Reply } from '../../../reference/backends/scripted/reply.ts';
import { scriptedBackend } from '../../../reference/backends/scripted/scripted.ts';
import { observed } from './observed-backend.ts';

const aRun = (prompt: string, more: Partial<Run> = {}): Run => ({
  id: 'chatcmpl_1',
  agent: 'main',
  sessionKey: 'agent:main:openai-user:ann',
  instructions: '',
  history: [],
  prompt,
  ...more,
});

const replies = new Replies(
  new Map<string, Reply>([
    ['hang', { about: '', events: [{ text: 'Let me think' }, { hang: true }] }],
    ['refused', { about: '', fault: { status: 429 } }],
    ['cut', { about: '', text: 'hello', fault: { cut: 1 } }],
    ['fail', { about: '', events: [{ fail: { status: 429, message: 'slower' } }] }],
  ]),
);

async function hear(backend: Backend, run: Run, signal = new AbortController().signal): Promise<string> {
  let heard = '';
  for await (const event of backend.run(run, signal)) if (event.type === 'text') heard += event.text;
  return heard;
}

test('a run gives the backend’s events, and is recorded with all the text that the model received', async () => {
  const backend = observed(scriptedBackend(replies));
  const run = aRun('play:echo <<<yes>>>', { instructions: 'Be brief.', history: [{ role: 'user', text: 'blue-42' }] });
  expect(await hear(backend, run)).toBe('yes');
  const [asked, ...others] = backend.probe.asked('blue-42');
  expect(others).toEqual([]);
  expect(asked).toMatchObject({
    agent: 'main',
    sessionKey: 'agent:main:openai-user:ann',
    instructions: 'Be brief.',
    history: [{ role: 'user', text: 'blue-42' }],
    prompt: 'play:echo <<<yes>>>',
    text: 'Be brief.\n\nblue-42\n\nplay:echo <<<yes>>>',
    model: undefined,
    ended: 'answered',
  });
  expect(asked!.endedAt).toBeGreaterThanOrEqual(asked!.at);
  expect(backend.probe.asked('green-7')).toEqual([]);
});

test('runs with a tag are listed oldest first', async () => {
  const backend = observed(scriptedBackend(replies));
  for (const prompt of ['one m7', 'two', 'three m7']) await hear(backend, aRun(prompt));
  expect(backend.probe.asked('m7').map((asked) => asked.prompt)).toEqual(['one m7', 'three m7']);
});

test('a failed run is recorded as failed, and the failure is passed on', async () => {
  const backend = observed(scriptedBackend(replies));
  await expect(hear(backend, aRun('play:fail'))).rejects.toEqual(new RunFailure(429, 'slower'));
  expect(backend.probe.asked('play:fail')[0]!.ended).toBe('failed');
});

test('an aborted run is recorded at once, and a waiting case is notified', async () => {
  const backend = observed(scriptedBackend(replies));
  const left = new AbortController();
  const heard = hear(backend, aRun('play:hang'), left.signal);
  const [asked] = await backend.probe.wait('play:hang', (runs) => runs.length === 1, 1_000);
  expect(asked!.ended).toBe('running');
  const waited = backend.probe.wait('play:hang', (runs) => runs[0]?.ended === 'left', 1_000);
  left.abort();
  expect(asked!.ended).toBe('left');
  expect(await waited).toEqual([asked]);
  await heard;
  expect(asked!.ended).toBe('left');
});

test('a consumer that stops reading before the end has left', async () => {
  const backend = observed(scriptedBackend(replies));
  for await (const event of backend.run(aRun('play:hang'), new AbortController().signal)) {
    expect(event).toEqual({ type: 'text', text: 'Let me think' });
    break;
  }
  expect(backend.probe.asked('play:hang')[0]!.ended).toBe('left');
});

test('a waiting case is notified of runs that begin later, and only of those with its tag', async () => {
  const { probe, ...backend } = observed(scriptedBackend(replies));
  const waited = probe.wait('m9', (asked) => asked.length === 2, 1_000);
  for (const prompt of ['a m9', 'b', 'c m9']) await hear(backend, aRun(prompt));
  expect((await waited).map((asked) => asked.prompt)).toEqual(['a m9', 'c m9']);
});

test('a wait ends after its time, with an error that lists the recorded runs', async () => {
  const { probe, ...backend } = observed(scriptedBackend(replies));
  await hear(backend, aRun('m3'));
  await expect(probe.wait('m3', (asked) => asked.length === 2, 20)).rejects.toThrow(/"m3".*in 20 ms: answered\.$/);
  await expect(probe.wait('m4', (asked) => asked.length === 1, 20)).rejects.toThrow(/in 20 ms: none\.$/);
});

test('an error in the condition of a wait rejects it', async () => {
  const { probe } = observed(scriptedBackend(replies));
  const broken = probe.wait('m5', (asked) => asked[0]!.prompt === '', 1_000);
  await expect(broken).rejects.toThrow(TypeError);
});

test('the journal keeps the newest 20 000 runs', async () => {
  const { probe, ...backend } = observed({
    async *run() {
      yield { type: 'text', text: 'x' };
    },
  });
  for (let n = 1; n <= 20_010; n++) await hear(backend, aRun(`run ${n};`));
  expect(probe.asked('run ')).toHaveLength(20_000);
  expect(probe.asked('run 10;')).toEqual([]);
  expect(probe.asked('run 11;')).toHaveLength(1);
});

test('a run that begins with a fault is recorded: left when a status answers for it, else as it ends', async () => {
  const backend = observed(scriptedBackend(replies));
  const begun = async (prompt: string) => await backend.begin!(aRun(prompt), new AbortController().signal);
  expect((await begun('play:refused')).fault).toEqual({ status: 429 });
  const { fault, events } = await begun('play:cut');
  expect(backend.probe.asked('play:').map(({ ended }) => ended)).toEqual(['left', 'running']);
  await Array.fromAsync(events);
  expect([fault, ...backend.probe.asked('play:').map(({ ended }) => ended)]).toEqual([{ cut: 1 }, 'left', 'answered']);
});
