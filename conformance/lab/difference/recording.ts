/** What a gateway answered, request by request. */
import { answersTo, type Answer } from './answers.ts';
import type { Request } from './call.ts';
import type { Side } from './sides.ts';

/** By the ids of the requests, an answer for each of its calls. */
export type Recording = Readonly<Record<string, readonly Answer[]>>;

/** Requests side by side to one deployment. More of them, and older releases fail. */
const LANES = 2;

/**
 * Asks one side everything.
 *
 * @param at how far it is.
 */
export async function recorded(
  requests: readonly Request[],
  { places }: Side,
  at: (done: number, of: number) => void = () => undefined,
): Promise<Recording> {
  const answers = new Map<string, readonly Answer[]>();
  const lanes = [...places].flatMap(([name, place]) => {
    const waiting = requests.filter(({ deployment }) => deployment === name);
    // What counts failures must be alone with its gateway.
    const most = name === 'rate-limited' ? 1 : LANES;
    return Array.from({ length: most }, async () => {
      for (let request = waiting.shift(); request; request = waiting.shift()) {
        answers.set(request.id, await answersTo(request, place));
        at(answers.size, requests.length);
      }
    });
  });
  await Promise.all(lanes);
  return Object.fromEntries(requests.map(({ id }) => [id, answers.get(id)!]));
}
