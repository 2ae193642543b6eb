/** What became of a client behind a wrong gateway. */
import { HARMS } from '../../reports/hurt-clients.ts';
import type { Told } from '../client.ts';

/**
 * Best first; the last one is the one that no user notices. `survives`: the right answer, and success. `tells`: a failure,
 * by an exit code that is not 0. `crashes`: an error that the program did not catch, or a signal of the system. `hangs`: it
 * waited until it was ended. `takes it for success`: success, with another text than the answer.
 */
export const OUTCOMES = ['survives', ...HARMS.toReversed()] as const;

export type Outcome = (typeof OUTCOMES)[number];

/** @param answer the right one; undefined where the agent failed, and a failure is what is to be told. */
export function outcomeOf(told: Told, answer: string | undefined): Outcome {
  if (!told.ended) return 'hangs';
  if (told.signal !== undefined || UNCAUGHT.test(told.complaint)) return 'crashes';
  if (!told.ok) return 'tells';
  return told.text.trim() === answer?.trim() ? 'survives' : 'takes it for success';
}

/** Whether that is what a client should do. */
export const isRight = (outcome: Outcome, answer: string | undefined): boolean =>
  outcome === (answer === undefined ? 'tells' : 'survives');

/** What Node and Python print of an error that nothing catches. */
const UNCAUGHT = /^(?:Node\.js v\d|Traceback \(most recent call last\):)/m;

export const worse = (one: Outcome, other: Outcome): boolean => OUTCOMES.indexOf(one) > OUTCOMES.indexOf(other);
