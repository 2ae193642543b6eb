/** Records a gateway's answers. */
import type { Answer } from './answer.ts';
import { answersTo } from './asking.ts';
import type { Request } from './call.ts';
import type { Side } from './sides.ts';

/** By request id: an answer for each of its calls. */
export type Recording = Readonly<Record<string, readonly Answer[]>>;

/**
 * Sends all requests to one side, several at once.
 *
 * @param at Takes the progress after each request: `done` of `of`.
 */
export async function recorded(
  requests: readonly Request[],
  { places, lanes }: Side,
  at: (done: number, of: number) => void = () => undefined,
): Promise<Recording> {
  const answers = new Map<string, readonly Answer[]>();
  const asking = [...places].flatMap(([name, place]) => {
    const waiting = requests.filter(({ deployment }) => deployment === name);
    // A deployment that counts authentication failures gets one request at a time.
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
