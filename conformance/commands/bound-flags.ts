/** Limits of what a gateway may send, as flags of every command that judges one. */
import { BOUNDS, DEADLINE } from '../wire/bounds.ts';
import type { Flags } from './command-line.ts';

export const BOUND_FLAGS = {
  'max-bytes': {
    value: 'N',
    whole: [1, 1024 ** 3],
    default: BOUNDS.maxBytes,
    says: 'bytes of one response, as received and as decoded',
  },
  'max-frames': { value: 'N', whole: [1, 10_000_000], default: BOUNDS.maxFrames, says: 'frames of one stream' },
  deadline: {
    value: 'SECONDS',
    whole: [1, 604_800],
    default: DEADLINE,
    says: 'time for all cases; unfinished ones are not judged',
  },
} as const satisfies Flags;
