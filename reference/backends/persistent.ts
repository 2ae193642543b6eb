/**
 * A question that is asked again when the provider fails before it says anything, as the client libraries of releases do.
 * Source: https://github.com/openai/openai-node#retries
 */

import { setTimeout as pause } from 'node:timers/promises';
import { RunFailure } from './backend.ts';
import { chunksFrom, type Asking, type Chunk } from './provider.ts';

/** The first pause, in ms; each is twice as long as the one before. */
const PAUSE_MS = 500;

/**
 * The chunks of the first answer that is no failure, or of the last one.
 *
 * @param retries How often it is asked again.
 */
export async function* persistent(asking: Asking, retries: number): AsyncGenerator<Chunk> {
  for (let asked = 0; ; asked++) {
    let begun = false;
    try {
      for await (const chunk of chunksFrom(asking)) {
        begun = true;
        yield chunk;
      }
      return;
    } catch (cause) {
      if (begun || asked >= retries || !mayPass(cause)) throw cause;
      await pause(PAUSE_MS * 2 ** asked, undefined, { signal: asking.signal });
    }
  }
}

function mayPass(cause: unknown): boolean {
  if (!(cause instanceof RunFailure)) return false;
  const { how, status } = cause;
  return how === 'unreachable' || (how === 'refused' && (status >= 500 || [408, 409, 429].includes(status)));
}
