/** The form of a streamed answer, in which two streams of one gateway do not differ, whatever they say. */
import { eventsOf, finishIn } from '../dial/reading.ts';
import type { Exchange } from '../wire/exchange.ts';
import { DONE } from '../wire/frames.ts';

/** In words, for a message; undefined when it is no stream. */
export function formOf(exchange: Exchange): string | undefined {
  if (exchange.status >= 300) return undefined;
  const events = eventsOf(exchange);
  const has = (one: boolean, what: string): string => `${one ? 'with' : 'without'} ${what}`;
  return [
    has(
      events.some(({ chunk }) => chunk?.choices?.[0]?.delta?.role === 'assistant'),
      'a role',
    ),
    has(
      events.some((said) => finishIn(said) !== undefined),
      'a finish reason',
    ),
    has(
      events.some(({ data }) => data === DONE),
      DONE,
    ),
  ].join(', ');
}
