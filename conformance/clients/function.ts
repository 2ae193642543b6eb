/** A function as a client, for tests in process. */
import { judgeBy, type ClientOptions, type ClientVerdict } from './judge.ts';
import type { Call, Client, Told } from './client.ts';

/** What a function is told beside the prompt: the call, and a signal that is aborted when it is to leave. */
export type Given = Omit<Call, 'prompt'> & { readonly signal: AbortSignal };

/** A client: gives the answer, whole or piece by piece; throws or rejects when there is none. */
export type ClientFunction = (prompt: string, given: Given) => Promise<string> | AsyncIterable<string>;

/**
 * Judges a client that is a function.
 *
 *     const verdicts = await judgeClient((prompt, { baseURL, apiKey, model, stream, signal }) => …);
 *     expect(verdicts.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
 *
 * @returns a verdict for each requirement, in their order. What the client does not do (tools, images, conversations) is
 *   `unseen` with the reason, never a pass.
 */
export async function judgeClient(client: ClientFunction, options: ClientOptions = {}): Promise<ClientVerdict[]> {
  return await judgeBy(functionClient(client), options);
}

/** The most that is kept of an answer, in characters. */
const LONGEST = 32 * 1024 * 1024;

export function functionClient(client: ClientFunction): Client {
  return async ({ prompt, ...call }, { leave, kill }) => {
    let text = '';
    const working = (async (): Promise<Told> => {
      try {
        const answer = client(prompt, { ...call, signal: leave });
        if (Symbol.asyncIterator in answer) {
          for await (const piece of answer) if (text.length < LONGEST) text += piece;
        } else text = await answer;
        return { text, ok: true, complaint: '', ended: true };
      } catch (cause) {
        return { text, ok: false, complaint: errorText(cause), ended: true };
      }
    })();
    const killed = new Promise<Told>((resolve) => {
      kill.addEventListener('abort', () => resolve({ text, ok: false, complaint: '', ended: false }), { once: true });
    });
    return await Promise.race([working, killed]);
  };
}

/** Longest chain of causes that is told. */
const CAUSES = 5;

/** What a person would be shown of an error: its message and those of its causes. */
function errorText(error: unknown, depth = CAUSES): string {
  if (!(error instanceof Error) || depth === 0) return String(error);
  const others = error instanceof AggregateError ? error.errors : [];
  const causes = [...(error.cause === undefined ? [] : [error.cause]), ...(others as unknown[])];
  return [String(error), ...causes.map((cause) => errorText(cause, depth - 1))].join('\n');
}
