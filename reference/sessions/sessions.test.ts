import { afterEach, expect, test, vi } from 'vitest';
import { Agents } from '../call/agents.ts';
import { placeOf, type Place } from '../call/session-key.ts';
import { behaviour } from '../editions/editions.ts';
import { liveBytes } from '../testing/heap.ts';
import { Sessions } from './sessions.ts';

const never = new AbortController().signal;
const at = (key: string, kept = true): Place => ({ agent: 'main', key, kept });
const turn = (text: string) => [{ role: 'user', text } as const];

afterEach(() => void vi.useRealTimers());

async function say(sessions: Sessions, key: string, text: string, kept = true): Promise<void> {
  const visit = await sessions.enter(at(key, kept), never);
  await visit.remember(turn(text));
  visit.leave();
}

test('runs enter a session in the order of their calls, and an aborted one leaves the queue', async () => {
  const sessions = new Sessions();
  const order: string[] = [];
  const first = await sessions.enter(at('k'), never);
  const impatient = new AbortController();
  const second = sessions.enter(at('k'), impatient.signal);
  const third = sessions.enter(at('k'), never).then((visit) => (order.push('third'), visit));
  const fourth = sessions.enter(at('k'), never).then((visit) => (order.push('fourth'), visit));
  impatient.abort();
  await expect(second).rejects.toThrow('The client left.');
  expect(order).toEqual([]);
  await first.remember(turn('hi'));
  first.leave();
  const visit = await third;
  expect([visit.history, order]).toEqual([turn('hi'), ['third']]);
  visit.leave();
  (await fourth).leave();
  expect(order).toEqual(['third', 'fourth']);
});

test('a session that no later call can address is not kept', async () => {
  const sessions = new Sessions();
  await say(sessions, 'k', 'hi', false);
  expect(sessions.size).toBe(0);
});

test('the longest idle session is evicted first, and a session in use never is', async () => {
  const sessions = new Sessions({ capacity: { sessions: 2 } });
  const inside = await sessions.enter(at('a'), never);
  await inside.remember(turn('0'));
  for (const key of ['b', 'c', 'd']) await say(sessions, key, key);
  expect(sessions.keys()).toEqual(['d', 'a']);
  inside.leave();
  await say(sessions, 'e', 'e');
  expect(sessions.keys()).toEqual(['a', 'e']);
});

test('the text of all sessions is bounded in bytes, not in characters', async () => {
  const sessions = new Sessions({ capacity: { bytes: 800 } });
  await say(sessions, 'a', '€'.repeat(100));
  await say(sessions, 'b', 'x'.repeat(100));
  expect(sessions.keys()).toEqual(['b']);
  await say(sessions, 'c', 'x'.repeat(100));
  expect(sessions.keys()).toEqual(['b', 'c']);
});

test('a session that is idle for too long is evicted', async () => {
  const sessions = new Sessions({ capacity: { idleMs: 1_000 } });
  vi.useFakeTimers({ toFake: ['Date'] });
  await say(sessions, 'a', '1');
  vi.advanceTimersByTime(600);
  await say(sessions, 'b', '1');
  vi.advanceTimersByTime(600);
  expect(sessions.keys()).toEqual(['b']);
  const a = await sessions.enter(at('a'), never);
  expect(a.history).toEqual([]);
});

test('a long session drops its oldest exchanges, by number and by bytes', async () => {
  const sessions = new Sessions({ capacity: { exchanges: 2, bytes: 2_000 } });
  for (const text of ['1', '2', '3']) await say(sessions, 'k', text);
  expect(sessions.read('k')).toEqual([...turn('2'), ...turn('3')]);
  await say(sessions, 'k', 'x'.repeat(1_600));
  expect(sessions.read('k')).toEqual(turn('x'.repeat(1_600)));
  await say(sessions, 'k', 'x'.repeat(2_000));
  expect(sessions.read('k')).toBeUndefined();
});

test('a run that remembers nothing leaves no session', async () => {
  const sessions = new Sessions();
  (await sessions.enter(at('k'), never)).leave();
  expect(sessions.size).toBe(0);
});

test('sessions are listed, read, and reset one by one or all', async () => {
  const sessions = new Sessions();
  for (const key of ['a', 'b', 'c']) await say(sessions, key, key);
  await say(sessions, 'a', 'again');
  const visit = await sessions.enter(at('c'), never);
  const listed = { agent: 'main', bytes: 257, turns: 1, used: expect.stringMatching(/^\d{4}-.*Z$/), visitors: 0 };
  expect(sessions.list()).toEqual([
    { ...listed, key: 'b' },
    { ...listed, key: 'a', turns: 2, bytes: 2 * 256 + 6 },
    { ...listed, key: 'c', visitors: 1 },
  ]);
  expect([sessions.read('a'), sessions.read('unknown')]).toEqual([[...turn('a'), ...turn('again')], undefined]);
  expect([sessions.reset('a'), sessions.reset('a'), sessions.keys()]).toEqual([1, 0, ['b', 'c']]);
  expect(sessions.reset()).toBe(2);
  visit.leave();
  expect(sessions.list()).toEqual([]);
});

test('a run during a reset is not remembered, and the next run in the queue is', async () => {
  const sessions = new Sessions();
  await say(sessions, 'k', 'old');
  const inside = await sessions.enter(at('k'), never);
  const next = sessions.enter(at('k'), never);
  sessions.reset('k');
  await inside.remember(turn('half before, half after'));
  inside.leave();
  const visit = await next;
  expect(visit.history).toEqual([]);
  await visit.remember(turn('new'));
  visit.leave();
  expect(sessions.read('k')).toEqual(turn('new'));
});

test('memory and cost per user are the same after a hundred thousand users as after ten thousand', async () => {
  const sessions = new Sessions();
  const users = async (from: number, to: number): Promise<number> => {
    const start = process.cpuUsage();
    for (let n = from; n < to; n++) await say(sessions, `user-${n}`, `${n} ${'x'.repeat(200)}`);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / (to - from);
  };
  await users(0, 10_000);
  const before = await liveBytes();
  const first = await users(10_000, 55_000);
  const second = await users(55_000, 100_000);
  expect(sessions.size).toBe(5_000);
  expect((await liveBytes()) - before).toBeLessThan(1024 * 1024);
  expect(second / first).toBeLessThan(3);
});

test.each([
  ['MixedCase', 'main', 'MixedCase'],
  ['agent:main', 'main', 'agent:main'],
  ['agent:beta:Foo', 'beta', 'agent:beta:Foo'],
  ['subagent:x', 'main', 'subagent:x'],
])('before 2026.5.28 key %s is stored unchanged', (key, agent, stored) => {
  const traits = behaviour('2026.2.1');
  const agents = new Agents([{ id: 'main', default: true }], traits);
  expect(placeOf('beta', 'u', { 'x-openclaw-session-key': key }, agents, traits)).toEqual({
    agent,
    key: stored,
    kept: true,
  });
});
