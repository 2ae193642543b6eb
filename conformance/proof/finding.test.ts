/** What counts as a finding, and which part of its message is pinned. */

import { expect, test } from 'vitest';
import { findingOf, pinned } from './finding.ts';

const held = (observed?: string) => ({ kind: 'held', ...(observed && { observed }) }) as const;

test('a case that holds, or notes what it notes of a faithful gateway, has found nothing', () => {
  expect(findingOf('a.b', held(), held())).toBeUndefined();
  expect(findingOf('a.b', held('POST: 404'), held('POST: 404'))).toBeUndefined();
});

test('a note that differs from that of the faithful gateway is a finding', () => {
  expect(findingOf('a.b', held('POST: 200'), held('POST: 404'))).toEqual({
    requirement: 'a.b',
    kind: 'observed',
    message: 'observed POST: 200',
  });
});

test('a violation says what was expected and got, an error why it could not be judged', () => {
  const violated = { kind: 'violated', expected: '401', got: '"200"' } as const;
  expect(findingOf('a.b', violated, held())).toMatchObject({ kind: 'violated', message: 'expected 401, got "200"' });
  expect(findingOf('a.b', { kind: 'errored', reason: 'network: ECONNRESET' }, held())).toMatchObject({
    kind: 'errored',
    message: 'network: ECONNRESET',
  });
});

test('what differs from run to run is not pinned', () => {
  const message = (nonce: string, time: number, port: number): string =>
    `KW-${nonce} of chatcmpl_${nonce}-x after ${time} ms, created ${1_790_000_000 + time} at 127.0.0.1:${port}`;
  const [one, other] = [message('0123456789ab', 12, 4000), message('fedcba987654', 3400, 52_000)];
  expect(pinned(one, 200)).toBe(pinned(other, 200));
  expect(pinned(one, 200)).toContain('KW-‹nonce› of chatcmpl_‹id› after … ms');
});

test('a long message is cut', () => {
  expect(pinned('x'.repeat(100), 10)).toBe(`${'x'.repeat(10)}…`);
});
