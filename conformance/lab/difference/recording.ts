/** What a gateway answered, request by request. */
import { answersTo, type Answer } from './answers.ts';
import type { Request } from './call.ts';
import type { Side } from './sides.ts';

/** By the ids of the requests, an answer for each of its calls. */
export type Recording = Readonly<Record<string, readonly Answer[]>>;

/**
 * Asks one side everything.
 *
 * @param at how far it is.
 */
export async function recorded(
  requests: readonly Request[],
  { places, lanes }: Side,
  at: (done: number, of: number) => void = () => undefined,
): Promise<Recording> {
  const answers = new Map<string, readonly Answer[]>();
  const asking = [...places].flatMap(([name, place]) => {
    const waiting = requests.filter(({ deployment }) => deployment === name);
    // What counts failures must be alone with its gateway.
    const most = ['rate-limited', 'locking'].includes(name) ? 1 : lanes;
    return Array.from({ length: most }, async () => {
      for (let request = waiting.shift(); request; request = waiting.shift()) {
        answers.set(request.id, await answersTo(request, place));
        at(answers.size, requests.length);
      }
    });
  });
  await Promise.all(asking);
  return Object.fromEntries(requests.map(({ id }) => [id, answers.get(id)!]));
}
