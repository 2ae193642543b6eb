import { expect, test } from 'vitest';
import type { Judged } from './judge.ts';
import { steady } from './steadiness.ts';

const judged = (verdict: Judged['verdict'], reason = ''): Judged =>
  ({
    id: 'some.one',
    verdict,
    reason,
    ending: verdict === 'fail' ? { kind: 'violated', expected: '1', got: '2' } : { kind: 'held' },
  }) as Judged;

test('equal verdicts give that verdict', () => {
  expect(steady([judged('pass'), judged('pass'), judged('pass', 'the last')])).toMatchObject({
    verdict: 'pass',
    reason: 'the last',
  });
});

test('varying verdicts give an error that shows the failure', () => {
  expect(steady([judged('pass'), judged('fail', 'expected 1, got 2'), judged('pass')])).toMatchObject({
    verdict: 'error',
    reason: 'the verdict varies (2 × pass, 1 × fail): expected 1, got 2',
    ending: { kind: 'errored' },
  });
});
