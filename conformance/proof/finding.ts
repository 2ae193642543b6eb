/** What the suite found about a wrong gateway: which cases fired, and their messages. */

import type { Ending } from '../judging/verdict.ts';

/** What one case found; silent cases are not listed. `observed` is a note that differs from the faithful gateway's. */
export interface Finding {
  readonly requirement: string;
  readonly kind: 'violated' | 'observed' | 'errored';
  /** Without what differs from run to run, see `pinned`. */
  readonly message: string;
}

/** The finding of a case; undefined when it ends as it does for the faithful gateway, or does not apply. */
export function findingOf(requirement: string, ending: Ending, faithful: Ending | undefined): Finding | undefined {
  if (ending.kind === 'not-applicable' || ending.kind === 'unobserved') return undefined;
  if (ending.kind === 'errored')
    return { requirement, kind: 'errored', message: pinned(ending.reason, LONGEST.expected) };
  if (ending.kind === 'violated')
    return {
      requirement,
      kind: 'violated',
      message: `expected ${pinned(ending.expected, LONGEST.expected)}, got ${pinned(ending.got, LONGEST.got)}`,
    };
  const before = faithful?.kind === 'held' ? faithful.observed : undefined;
  if (ending.observed === before) return undefined;
  return {
    requirement,
    kind: 'observed',
    message: `observed ${pinned(ending.observed ?? 'nothing', LONGEST.expected)}`,
  };
}

/** How much is pinned of what a case expected, and of what it got, in characters. */
const LONGEST = { expected: 100, got: 34 };

const VOLATILE: readonly (readonly [RegExp, string])[] = [
  [/\d+(?:\.\d+)? ms/g, '… ms'],
  [/\b\d{10}(?:\d{3})?(?:\.\d+)?\b/g, '‹time›'],
  [/127\.0\.0\.1:\d+/g, '‹address›'],
  [/(chatcmpl[-_])[\w-]+/g, '$1‹id›'],
  [/[0-9a-f]{12}/g, '‹nonce›'],
  // Which code words were told, and how many, is chance.
  [/code words? (?:is|are) [^"]*"?/g, 'code …'],
  [/\((\d+) characters\)/g, '(cut)'],
  [/ \(in an exchange of [\w.-]+\)/g, ''],
  // Which call of a history it was is the draw's chance.
  [/\bcall \d+\b/g, 'call …'],
];

/** A message without nonces, ids, times and ports, cut to `longest` characters and an ellipsis. */
export function pinned(message: string, longest: number): string {
  const steady = VOLATILE.reduce((text, [form, name]) => text.replace(form, name), message);
  return steady.length > longest ? `${steady.slice(0, longest)}…` : steady;
}
