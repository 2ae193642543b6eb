/** Measures the cost of each case on the reference: its requests and the agent runs that they cause. */
import { cases } from '../chapters/index.ts';
import { execute, plan } from '../judging/judge.ts';
import { startEmbedded } from './embedded.ts';

/** `[requests, runs]` of a case in one situation, by its id. Cases run one at a time, so that each run belongs to one case. */
export async function measureCosts(): Promise<Record<string, [requests: number, runs: number]>> {
  const embedded = await startEmbedded();
  const { target } = embedded;
  const costs: Record<string, [number, number]> = {};
  try {
    for (const one of plan(cases, target)) {
      const before = target.probe!.asked('').length;
      const { requests } = await execute(one, target, undefined, undefined, { depth: 'quick' });
      costs[one.id] = [requests, target.probe!.asked('').length - before];
    }
  } finally {
    await embedded.close();
  }
  return costs;
}
