/** Lawful variants in how a client is refused that a proxy passed on. */

import type { Liar } from '../dial/mutant.ts';
import * as lie from '../vocabulary/liars.ts';

const passedOn = (liar: Liar): Liar => lie.aboutHeader('x-forwarded-proto', liar);

export const LAWFUL_PROXIES: Readonly<Record<string, Liar>> = {
  // The user is known and may not call: RFC 9110, section 15.5.4.
  'refuses a user of a proxy with 403': passedOn(
    lie.insteadOf(401, () => lie.answer(403, { error: { message: 'No entry', type: 'forbidden' } })),
  ),
  'names the proxy that passed a call on': passedOn(lie.headers((headers) => headers.append('via', '1.1 kit'))),
};
