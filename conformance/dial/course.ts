/** How far the cases of a run go, and what they draw from: the same course asks the same of every gateway. */
import type { Target } from './target.ts';

/** `quick`: once each. `standard`: what could matter, in pairs. `deep`: all that there is time for. */
export type Depth = 'quick' | 'standard' | 'deep';

export interface Course {
  readonly depth: Depth;
  /** Of what a case draws by chance, and of the order of the cases. */
  readonly seed: number;
}

/** A live model is slow and costs money. */
export function depthFor({ scripted, probe }: Pick<Target, 'scripted' | 'probe'>): Depth {
  return scripted || probe !== undefined ? 'standard' : 'quick';
}
