/** Objects that name what they know: a key that they do not know is answered with all that they do, the nearest first. */

import { z } from 'zod';
import { nearest } from '../nearest.ts';

/** As `z.strictObject`. */
export function strict<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? unknown(issue.keys, known) : undefined),
  });
}

function unknown(keys: readonly string[], known: readonly string[]): string {
  const each = keys.map((key) => `${JSON.stringify(key)}${meantBy(key, known)}`).join(', ');
  return `unknown key${keys.length > 1 ? 's' : ''} ${each}; known: ${known.join(', ')}`;
}

/** Asks about the name that a key is nearest to; '' when it is near to none. */
export function meantBy(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  return meant === undefined ? '' : ` (did you mean "${meant}"?)`;
}
