/** How every format shows verdicts: each has its glyph, so that they differ without colour too. */
import type { VerdictName } from '../judging/verdict.ts';

/** The character that stands for a verdict. */
export const GLYPH: Readonly<Record<VerdictName, string>> = {
  pass: '✓',
  fail: '✗',
  warn: '!',
  note: '·',
  skip: '-',
  waived: '~',
  stale: '↺',
  error: '?',
  unseen: '○',
};

/** The verdicts in the order of a table's columns. */
export const VERDICTS = Object.keys(GLYPH) as readonly VerdictName[];

/** What each verdict means, in a few words. */
export const MEANING: Readonly<Record<VerdictName, string>> = {
  pass: 'kept',
  fail: 'a MUST is broken',
  warn: 'a SHOULD is not followed',
  note: 'observed, never judged',
  skip: 'not in force, not declared, or not selected',
  waived: 'broken, and known to be',
  stale: 'the waiver is no longer needed',
  error: 'could not be judged',
  unseen: 'not observed in what was recorded',
};
