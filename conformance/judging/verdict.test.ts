import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NEWEST, OLDEST, compareReleases } from '../editions.ts';
import { levelAt, type Level, type Requirement } from '../vocabulary/chapter.ts';
import {
  EXIT,
  exitCode,
  isConformant,
  summaryOf,
  verdictOf,
  type Ending,
  type Summary,
  type VerdictName,
} from './verdict.ts';

const held: Ending = { kind: 'held' };
const violated: Ending = { kind: 'violated', expected: 'a', got: 'b' };
const errored: Ending = { kind: 'errored', reason: 'network' };
const skipped: Ending = { kind: 'not-applicable', reason: 'filtered', detail: '' };
const waiver = { id: 'x.y', reason: 'known since the first release', dated: '2026-11-22' };

describe('verdictOf', () => {
  test.each([
    [held, 'MUST', undefined, 'pass'],
    [held, 'SHOULD', undefined, 'pass'],
    [held, 'NOTE', undefined, 'note'],
    [held, 'MUST', waiver, 'stale'],
    [held, 'MUST', { ...waiver, sometimes: true }, 'waived'],
    [held, 'NOTE', { ...waiver, sometimes: true }, 'note'],
    [violated, 'MUST', { ...waiver, sometimes: true }, 'waived'],
    [violated, 'MUST', { ...waiver, sometimes: true, message: 'got c' }, 'fail'],
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
  ] as const)('%j at %s gives its verdict', (ending, level, known, expected) => {
    expect(verdictOf(ending, level, known).verdict).toBe(expected);
  });

  test('the reason has expected and got', () => {
    expect(verdictOf(violated, 'MUST').reason).toBe('expected a, got b');
  });
});

const summary = (counts: Partial<Summary>): Summary => ({ ...summaryOf([]), ...counts });

describe('exitCode', () => {
  test.each([
    [{ pass: 1 }, false, EXIT.good],
    [{ pass: 1, warn: 1, note: 1, skip: 1, waived: 1 }, false, EXIT.good],
    [{ pass: 1, warn: 1 }, true, EXIT.violated],
    [{ pass: 1, fail: 1 }, false, EXIT.violated],
    [{ pass: 1, stale: 1 }, false, EXIT.violated],
    [{ pass: 1, fail: 1, error: 1 }, false, EXIT.violated],
    [{ pass: 1, error: 1 }, false, EXIT.unjudged],
    [{ skip: 9, note: 3 }, false, EXIT.unjudged],
    [{}, false, EXIT.unjudged],
  ])('the exit code of %j, strict %s, is %i', (counts, strict, expected) => {
    expect(exitCode(summary(counts), strict)).toBe(expected);
  });
});

describe('isConformant', () => {
  test('a whole run without a failure, waived ones included, is conformant', () => {
    expect(isConformant(summary({ pass: 3, warn: 1, skip: 1 }), false)).toBe(true);
  });

  test.each(['fail', 'waived', 'stale', 'error'] satisfies VerdictName[])(
    'a run with the verdict %s is not conformant',
    (name) => {
      expect(isConformant(summary({ pass: 3, [name]: 1 }), false)).toBe(false);
    },
  );

  test('a filtered run and an empty run are not conformant', () => {
    expect(isConformant(summary({ pass: 3 }), true)).toBe(false);
    expect(isConformant(summary({}), false)).toBe(false);
  });
});

/** From the best verdict on a gateway to the worst. */
const GRAVITY: Record<VerdictName, number> = {
  skip: 0,
  unseen: 0,
  pass: 0,
  note: 0,
  waived: 1,
  warn: 2,
  error: 3,
  stale: 4,
  fail: 5,
};

describe('the table of verdicts', () => {
  const text = fc.string({ maxLength: 20 });
  const endings: fc.Arbitrary<Ending> = fc.oneof(
    fc.constant({ kind: 'held' } as const),
    fc.record({ kind: fc.constant('held' as const), observed: text }),
    fc.record({ kind: fc.constant('violated' as const), expected: text, got: text }),
    fc.record({ kind: fc.constant('errored' as const), reason: text }),
    fc.constant({ kind: 'unobserved' } as const),
    fc.record({
      kind: fc.constant('not-applicable' as const),
      reason: fc.constantFrom('not-in-force' as const, 'not-declared' as const, 'filtered' as const),
      detail: text,
    }),
  );
  const levels = fc.constantFrom('MUST' as const, 'SHOULD' as const, 'NOTE' as const);
  const waived = fc.option(
    fc.oneof(
      fc.constant(waiver),
      text.map((message) => ({ ...waiver, message })),
    ),
    { nil: undefined },
  );

  test('every ending has exactly one verdict', () => {
    fc.assert(
      fc.property(endings, levels, waived, (ending, level, known) => {
        const { verdict, reason } = verdictOf(ending, level, known);
        expect(Object.keys(GRAVITY)).toContain(verdict);
        expect(reason).toBeTypeOf('string');
        expect(verdictOf(ending, level, known)).toEqual({ verdict, reason });
      }),
    );
  });

  test('a MUST never weighs less than a SHOULD, nor a SHOULD less than a NOTE', () => {
    fc.assert(
      fc.property(endings, waived, (ending, known) => {
        const [must, should, note] = (['MUST', 'SHOULD', 'NOTE'] as const).map(
          (level) => GRAVITY[verdictOf(ending, level, known).verdict],
        );
        expect(must).toBeGreaterThanOrEqual(should!);
        expect(should).toBeGreaterThanOrEqual(note!);
      }),
    );
  });

  test('only what held passes, only a violated MUST fails, and a skip stays a skip', () => {
    fc.assert(
      fc.property(endings, levels, waived, (ending, level, known) => {
        const { verdict } = verdictOf(ending, level, known);
        if (verdict === 'pass') expect(ending.kind).toBe('held');
        if (verdict === 'fail') expect([ending.kind, level]).toEqual(['violated', 'MUST']);
        if (verdict === 'warn') expect([ending.kind, level]).toEqual(['violated', 'SHOULD']);
        expect(verdict === 'skip').toBe(ending.kind === 'not-applicable');
        expect(verdict === 'error').toBe(ending.kind === 'errored');
        if (verdict === 'waived' || verdict === 'stale') expect(known).toBeDefined();
      }),
    );
  });

  test('a waiver covers a violation, and never a skip or an error', () => {
    fc.assert(
      fc.property(endings, levels, (ending, level) => {
        const [without, with_] = [verdictOf(ending, level), verdictOf(ending, level, waiver)];
        if (ending.kind === 'violated' && level !== 'NOTE') expect(with_.verdict).toBe('waived');
        else if (ending.kind === 'held' && level !== 'NOTE') expect(with_.verdict).toBe('stale');
        else expect(with_).toEqual(without);
      }),
    );
  });

  test('a requirement hardens at one release, in profile openclaw maybe sooner, and never softens again', () => {
    const release = fc.tuple(fc.nat(7), fc.nat(27)).map(([month, day]) => `2026.${month + 2}.${day + 1}`);
    const edition = fc.oneof(release, fc.constantFrom(OLDEST, NEWEST));
    const date = fc.option(release, { nil: undefined });
    const profiles = fc.constantFrom('core' as const, 'openclaw' as const);
    const rank = { NOTE: 0, SHOULD: 1, MUST: 2 };
    fc.assert(
      fc.property(levels, date, date, profiles, edition, edition, (level, mustSince, keptSince, profile, a, b) => {
        const requirement = { level, ...(mustSince && { mustSince }), ...(keptSince && { keptSince }) } as Requirement;
        const [earlier, later] = [a, b].toSorted(compareReleases);
        const levelIn = (of: string): Level => levelAt(requirement, { edition: of, profile });
        expect(rank[levelIn(later!)]).toBeGreaterThanOrEqual(rank[levelIn(earlier!)]);
        const dates = profile === 'openclaw' ? [mustSince, keptSince] : [mustSince];
        const hardened = dates.some((from) => from !== undefined && compareReleases(later!, from) >= 0);
        expect(levelIn(later!)).toBe(hardened ? 'MUST' : level);
      }),
    );
  });

  test('adding a bad verdict never improves the exit code', () => {
    const several = fc.array(fc.tuple(endings, levels, waived).map((row) => verdictOf(...row)));
    fc.assert(
      fc.property(several, endings, levels, waived, fc.boolean(), (verdicts, ending, level, known, strict) => {
        const added = verdictOf(ending, level, known);
        const [before, after] = [verdicts, [...verdicts, added]].map((all) => exitCode(summaryOf(all), strict));
        if (added.verdict === 'fail' || added.verdict === 'stale') expect(after).toBe(EXIT.violated);
        if (before === EXIT.violated) expect(after).toBe(EXIT.violated);
        if (added.verdict === 'error') expect(after).not.toBe(EXIT.good);
        if (after === EXIT.good) expect(summaryOf([...verdicts, added])).toMatchObject({ fail: 0, stale: 0, error: 0 });
      }),
    );
  });
});
