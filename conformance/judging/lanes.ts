/** Runs jobs at most so many at once, each job's cases in order. */

import type { Case } from '../vocabulary/chapter.ts';

/** Default number of jobs at once. */
export const CONCURRENCY = 8;

/** The jobs of a run: the cases of one lane are one job, every other case is its own job. */
export function lanes(cases: readonly Case[]): Case[][] {
  const jobs = new Map<string, Case[]>();
  for (const one of cases) {
    const key = one.lane ? `lane ${one.lane}` : one.id;
    jobs.set(key, [...(jobs.get(key) ?? []), one]);
  }
  // The longest first, so that no long lane runs alone at the end.
  return [...jobs.values()].toSorted((a, b) => b.length - a.length);
}

/** Runs jobs concurrently, the items of one job in order. Yields each result as soon as it is known. */
export async function* pooled<In, Out>(
  jobs: readonly In[][],
  concurrency: number,
  work: (item: In) => Promise<Out>,
  signal?: AbortSignal,
): AsyncGenerator<Out> {
  const finished: Out[] = [];
  let wake = Promise.withResolvers<void>();
  let next = 0;
  let working = 0;
  const worker = async (): Promise<void> => {
    while (next < jobs.length && !signal?.aborted) {
      for (const item of jobs[next++]!) {
        if (signal?.aborted) break;
        finished.push(await work(item));
        wake.resolve();
      }
    }
    working--;
    wake.resolve();
  };
  const workers = Array.from({ length: Math.min(concurrency, jobs.length) }, () => {
    working++;
    return worker();
  });
  while (working > 0 || finished.length > 0) {
    while (finished.length > 0) yield finished.shift()!;
    if (working === 0) break;
    await wake.promise;
    wake = Promise.withResolvers<void>();
  }
  await Promise.all(workers);
}
