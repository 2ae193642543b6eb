/** Situations that could matter to many promises, under one name each. */
import type { Dimensions, Situation } from '../dial/situation.ts';

/** Whether the answer is streamed. */
export const EITHER_MODE = { mode: ['whole', 'streamed'] } as const satisfies Dimensions;

/** Whether the call names a user; nothing of it is openclaw's own. */
export const USER_OR_NONE = { naming: ['bare', 'user'] } as const satisfies Dimensions;

/** What a call asks for reaches the agent in either mode, and in a session too. */
export const EITHER_MODE_OR_USER = { ...EITHER_MODE, ...USER_OR_NONE } as const satisfies Dimensions;

/** Nothing that says who calls or how the answer comes may matter, to a guard for example. */
export const ANY_CALL = {
  ...EITHER_MODE,
  naming: ['bare', 'user', 'key', 'agent header'],
} as const satisfies Dimensions;

/** Two calls or more of one conversation, each whole or streamed. */
export const EACH_IN_EITHER_MODE = { ...EITHER_MODE, later: ['whole', 'streamed'] } as const satisfies Dimensions;

/** The same, and the agent named in another way from the second call on. */
export const EACH_NAMED_ANYHOW = {
  ...EACH_IN_EITHER_MODE,
  addressed: ['alike', 'by another spelling', 'by header'],
} as const satisfies Dimensions;

/** Today's call, and one that differs from it in all that could matter: for what many other cases show too. */
export const PLAIN_AND_FAR: readonly Situation[] = [{}, { mode: 'streamed', naming: 'user' }];
