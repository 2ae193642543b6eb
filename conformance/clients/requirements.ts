/** Every requirement of clients, in order: those with runs of their own, and those that every run is held against. */
import { answerTrials, BASES } from './trials/answers.ts';
import { brokenTrials } from './trials/broken.ts';
import { conversationTrials } from './trials/conversations.ts';
import { framingTrials } from './trials/framings.ts';
import { leavingTrials } from './trials/leaving.ts';
import { refusalTrials } from './trials/refusals.ts';
import { requestTrials, requestWatched } from './trials/requests.ts';
import { secretTrials, secretWatched } from './trials/secrets.ts';
import { toolTrials } from './trials/tools.ts';
import type { Requirement, Trial, Watched } from './trial.ts';

export { BASES };

/** Judged once the client is known to print good answers. */
export const TRIALS: readonly Trial[] = [
  ...answerTrials,
  ...framingTrials,
  ...brokenTrials,
  ...refusalTrials,
  ...leavingTrials,
  ...secretTrials,
  ...conversationTrials,
  ...requestTrials,
  ...toolTrials,
];

export const WATCHED: readonly Watched[] = [...requestWatched, ...secretWatched];

/** All that clients are held to, in the order of the table. */
export const REQUIREMENTS: readonly Requirement[] = [...BASES, ...TRIALS, ...WATCHED];
