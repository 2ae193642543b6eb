/** How verdicts look, wherever they are shown: told apart without colour too. */
import type { VerdictName } from '../judging/verdict.ts';

export const MARK: Readonly<Record<VerdictName, string>> = {
  pass: '✓',
  fail: '✗',
  warn: '!',
  note: '·',
  skip: '-',
  waived: '~',
  stale: '↺',
  error: '?',
};

/** In the order in which a table shows them. */
export const VERDICTS = Object.keys(MARK) as readonly VerdictName[];

/** What each one means, in a few words. */
export const MEANING: Readonly<Record<VerdictName, string>> = {
  pass: 'kept',
  fail: 'a MUST is broken',
  warn: 'a SHOULD is not followed',
  note: 'observed, never judged',
  skip: 'not in force, not declared, or not asked for',
  waived: 'broken, and known to be',
  stale: 'the waiver is no longer needed',
  error: 'could not be judged',
};
