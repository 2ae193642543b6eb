/** A time in milliseconds that a timer of Node can wait: with a longer one it waits for none. */

import { z } from 'zod';

/** 24.8 days. Source: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
export const LONGEST_MS = 2 ** 31 - 1;

/** In milliseconds, from 0 to `LONGEST_MS`. */
export const Duration = z.int().nonnegative().max(LONGEST_MS);
