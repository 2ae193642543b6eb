/** Combines the verdicts of repeated runs of a case. Pure. */
import type { Judged } from './judge.ts';

/**
 * The last of several verdicts on one case when all agree, else an error with the count of each.
 *
 * @param verdicts at least one.
 */
export function steady(verdicts: readonly Judged[]): Judged {
  const last = verdicts.at(-1)!;
  const counts = Map.groupBy(verdicts, ({ verdict }) => verdict);
  if (counts.size === 1) return last;
  const often = [...counts].map(([verdict, { length }]) => `${length} × ${verdict}`).join(', ');
  // The evidence of a violation is the most useful.
  const odd = verdicts.find(({ ending }) => ending.kind === 'violated') ?? last;
  const reason = `the verdict varies (${often}): ${odd.reason}`;
  return { ...odd, verdict: 'error', reason, ending: { kind: 'errored', reason } };
}
