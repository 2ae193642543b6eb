/** The course of a run: how thorough its cases are, and their seed. The same course sends the same to every gateway. */
import type { Target } from './target.ts';

/** `quick`: each value once. `standard`: pairs of values. `deep`: as many combinations as time allows. */
export const DEPTHS = ['quick', 'standard', 'deep'] as const;
/** One of `DEPTHS`. */
export type Depth = (typeof DEPTHS)[number];

/** Settings of a run that cases read. */
export interface Course {
  readonly depth: Depth;
  /** The seed of the cases' order and of their random values. */
  readonly seed: number;
}

/** The default depth: `quick` for a live model, which is slow and costs money, else `standard`. */
export function depthFor({ scripted, probe }: Pick<Target, 'scripted' | 'probe'>): Depth {
  return scripted || probe !== undefined ? 'standard' : 'quick';
}
