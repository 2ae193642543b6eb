/** The same case judged again and again: one verdict, when it is always the same. Pure. */
import type { Judged } from './judge.ts';

/**
 * The last of several verdicts on one case, or an error that says how often each was given.
 *
 * @param verdicts one at least.
 */
export function steady(verdicts: readonly Judged[]): Judged {
  const last = verdicts.at(-1)!;
  const counts = Map.groupBy(verdicts, ({ verdict }) => verdict);
  if (counts.size === 1) return last;
  const often = [...counts].map(([verdict, { length }]) => `${length} × ${verdict}`).join(', ');
  // The worst of them is what somebody will want to look at.
  const odd = verdicts.find(({ ending }) => ending.kind === 'violated') ?? last;
  const reason = `the verdict varies (${often}): ${odd.reason}`;
  return { ...odd, verdict: 'error', reason, ending: { kind: 'errored', reason } };
}
