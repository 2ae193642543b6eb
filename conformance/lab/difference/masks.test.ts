import { expect, test } from 'vitest';
import { masked } from './masks.ts';

const now = Math.floor(Date.now() / 1000);
const circumstances = { began: (now - 5) * 1000, host: '127.0.0.1:4711', folder: '/var/kit/x' };
const hidden = (...body: string[]): readonly string[] | undefined => masked({ status: 200, body }, circumstances).body;
const id = (digit: string): string => `${digit.repeat(8)}-0000-4000-8000-000000000000`;

test('only ids, times, addresses and folders are masked', () => {
  const answer = {
    status: 429,
    headers: { 'retry-after': '4', allow: 'POST' },
    body: ['{"error":{"message":"No.","type":"x"},"created":0,"usage":{"prompt_tokens":1763820000}}\n\n'],
    end: 'closed',
  } as const;
  expect(masked(answer, circumstances)).toEqual(answer);
});

test('different ids get different masks, and an id keeps its mask in later frames', () => {
  expect(hidden(`a ${id('1')} ${id('2')}`, `b ${id('2')} ${id('1')}`, id('3'))).toEqual([
    'a {id-1} {id-2}',
    'b {id-2} {id-1}',
    '{id-3}',
  ]);
});

test('a text that only resembles an id is kept', () => {
  const like = [id('1').slice(1), id('g'), id('A').toUpperCase(), 'chatcmpl_1'];
  expect(hidden(...like)).toEqual(like);
});

test('the current time is masked, and after a pause the mask shows whether the clock was read again', () => {
  const at = (seconds: number): string => `{"created":${seconds}}`;
  expect(hidden(at(now), at(now + 1))).toEqual(['{"created":"{now}"}', '{"created":"{now}"}']);
  const paused = masked({ body: [at(now - 2), at(now)] }, { ...circumstances, pauses: true });
  expect(paused.body).toEqual(['{"created":"{now}"}', '{"created":"{later}"}']);
  expect(hidden(at(now - 2), at(now))).toEqual(['{"created":"{now}"}', '{"created":"{now}"}']);
});

test('a time other than now is kept, and one that is not a number', () => {
  const kept = [`{"created":${now - 3600}}`, `{"created":${now * 1000}}`, `{"created":"${now}"}`];
  expect(hidden(...kept)).toEqual(kept);
});

test('the address and the folder of a gateway are masked', () => {
  const { headers, body } = masked(
    { headers: { location: 'http://127.0.0.1:4711/x' }, body: ['/var/kit/x/state at 127.0.0.1:4712'] },
    circumstances,
  );
  expect([headers, body]).toEqual([{ location: 'http://{host}/x' }, ['{folder}/state at 127.0.0.1:4712']]);
});

test('the rest of a lockout of minutes is rounded up, a shorter one is kept', () => {
  const left = (seconds: string): string | undefined =>
    masked({ headers: { 'retry-after': seconds } }, circumstances).headers?.['retry-after'];
  expect(['600', '596', '541', '540', '4', 'soon'].map(left)).toEqual(['600', '600', '600', '540', '4', 'soon']);
});

test('the uptime and the load of a gateway are masked', () => {
  expect(
    hidden('{"ready":true,"uptimeMs":4711,"eventLoop":{"degraded":true,"reasons":["delay"],"of":{"x":1}}}'),
  ).toEqual(['{"ready":true,"uptimeMs":"{time}"}']);
});
