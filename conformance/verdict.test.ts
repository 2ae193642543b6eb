import { describe, expect, it } from 'vitest';
import { EXIT, exitCode, isConformant, summaryOf, verdictOf } from './verdict.ts';
import type { Ending, Summary, VerdictName } from './verdict.ts';

const held: Ending = { kind: 'held' };
const violated: Ending = { kind: 'violated', expected: 'a', got: 'b' };
const errored: Ending = { kind: 'errored', reason: 'network' };
const skipped: Ending = { kind: 'not-applicable', reason: 'filtered', detail: '' };
const waiver = { id: 'x.y', reason: 'known since the first release', dated: '2026-11-22' };

describe('verdictOf', () => {
  it.each([
    [held, 'MUST', undefined, 'pass'],
    [held, 'SHOULD', undefined, 'pass'],
    [held, 'NOTE', undefined, 'note'],
    [held, 'MUST', waiver, 'stale'],
    [violated, 'MUST', undefined, 'fail'],
    [violated, 'SHOULD', undefined, 'warn'],
    [violated, 'NOTE', undefined, 'note'],
    [violated, 'MUST', waiver, 'waived'],
    [violated, 'SHOULD', waiver, 'waived'],
    [violated, 'MUST', { ...waiver, message: 'got b' }, 'waived'],
    [violated, 'MUST', { ...waiver, message: 'got c' }, 'fail'],
    [errored, 'MUST', undefined, 'error'],
    [errored, 'NOTE', waiver, 'error'],
    [skipped, 'MUST', waiver, 'skip'],
  ] as const)('weighs %j at %s', (ending, level, waiver, expected) => {
    expect(verdictOf(ending, level, waiver).verdict).toBe(expected);
  });

  it('says what was expected and what came', () => {
    expect(verdictOf(violated, 'MUST').reason).toBe('expected a, got b');
  });
});

const summary = (counts: Partial<Summary>): Summary => ({ ...summaryOf([]), ...counts });

describe('exitCode', () => {
  it.each([
    [{ pass: 1 }, false, EXIT.good],
    [{ pass: 1, warn: 1, note: 1, skip: 1, waived: 1 }, false, EXIT.good],
    [{ pass: 1, warn: 1 }, true, EXIT.violated],
    [{ pass: 1, fail: 1 }, false, EXIT.violated],
    [{ pass: 1, stale: 1 }, false, EXIT.violated],
    [{ pass: 1, fail: 1, error: 1 }, false, EXIT.violated],
    [{ pass: 1, error: 1 }, false, EXIT.unjudged],
    [{ skip: 9, note: 3 }, false, EXIT.unjudged],
    [{}, false, EXIT.unjudged],
  ])('of %j, strict %s, is %i', (counts, strict, expected) => {
    expect(exitCode(summary(counts), strict)).toBe(expected);
  });
});

describe('isConformant', () => {
  it('is said of a whole run without a single failure, waived ones included', () => {
    expect(isConformant(summary({ pass: 3, warn: 1, skip: 1 }), false)).toBe(true);
  });

  it.each(['fail', 'waived', 'stale', 'error'] satisfies VerdictName[])('is not said where something is %s', (name) => {
    expect(isConformant(summary({ pass: 3, [name]: 1 }), false)).toBe(false);
  });

  it('is never said of a filtered run, nor of an empty one', () => {
    expect(isConformant(summary({ pass: 3 }), true)).toBe(false);
    expect(isConformant(summary({}), false)).toBe(false);
  });
});
