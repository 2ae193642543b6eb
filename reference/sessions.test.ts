import { expect, test } from 'vitest';
import { Agents } from './agents.ts';
import { behaviour } from './editions.ts';
import { placeOf, Sessions, type Place } from './sessions.ts';

const never = new AbortController().signal;
const at = (key: string, kept = true): Place => ({ agent: 'main', key, kept });
const turn = (text: string) => [{ role: 'user', text } as const];

async function say(sessions: Sessions, key: string, text: string, kept = true): Promise<void> {
  const visit = await sessions.enter(at(key, kept), never);
  visit.remember(turn(text));
  visit.leave();
}

test('who comes first is served first; who gives up leaves the line', async () => {
  const sessions = new Sessions();
  const order: string[] = [];
  const first = await sessions.enter(at('k'), never);
  const impatient = new AbortController();
  const second = sessions.enter(at('k'), impatient.signal);
  const third = sessions.enter(at('k'), never).then((visit) => (order.push('third'), visit));
  const fourth = sessions.enter(at('k'), never).then((visit) => (order.push('fourth'), visit));
  impatient.abort();
  await expect(second).rejects.toThrow('The caller left.');
  expect(order).toEqual([]);
  first.remember(turn('hi'));
  first.leave();
  const visit = await third;
  expect([visit.history, order]).toEqual([turn('hi'), ['third']]);
  visit.leave();
  (await fourth).leave();
  expect(order).toEqual(['third', 'fourth']);
});

test('a session that nobody can come back to is not kept', async () => {
  const sessions = new Sessions();
  await say(sessions, 'k', 'hi', false);
  expect(sessions.size).toBe(0);
});

test('the session idle for longest is forgotten first, never one with somebody inside', async () => {
  const sessions = new Sessions({ sessions: 2, characters: 100 });
  const inside = await sessions.enter(at('a'), never);
  await say(sessions, 'b', '1');
  await say(sessions, 'c', '2');
  await say(sessions, 'd', '3');
  expect(sessions.size).toBe(2);
  inside.leave();
  const b = await sessions.enter(at('b'), never);
  expect(b.history).toEqual([]);
});

test('a session is read and reset by its key, and what then still runs in it is not remembered', async () => {
  const sessions = new Sessions({ sessions: 10, characters: 10 });
  await say(sessions, 'a', 'first');
  const inside = await sessions.enter(at('a'), never);
  expect(sessions.keys()).toEqual(['a']);
  expect(sessions.read('a')).toEqual(inside.history);
  expect([sessions.reset('a'), sessions.reset('a'), sessions.read('a')]).toEqual([true, false, undefined]);
  inside.remember([{ role: 'user', text: 'too late' }]);
  inside.leave();
  await say(sessions, 'a', 'second');
  await say(sessions, 'b', 'room');
  // What was forgotten takes no room any more.
  expect(sessions.keys()).toEqual(['a', 'b']);
});

test('what all sessions remember together is bounded', async () => {
  const sessions = new Sessions({ sessions: 10, characters: 100 });
  await say(sessions, 'a', 'x'.repeat(60));
  await say(sessions, 'b', 'x'.repeat(60));
  expect(sessions.size).toBe(1);
});

test.each([
  ['MixedCase', 'main', 'MixedCase'],
  ['agent:main', 'main', 'agent:main'],
  ['agent:beta:Foo', 'beta', 'agent:beta:Foo'],
  ['subagent:x', 'main', 'subagent:x'],
])('before 2026.5.28 key %s is kept as it is', (key, agent, stored) => {
  const traits = behaviour('2026.2.1');
  const agents = new Agents([{ id: 'main', default: true }], traits);
  expect(placeOf('beta', 'u', { 'x-openclaw-session-key': key }, agents, traits)).toEqual({
    agent,
    key: stored,
    kept: true,
  });
});
