/** What the replies of `fixtures/replies` say, read from the files themselves. */
import { expect } from '../dial/expectation.ts';

/** A reply as its file has it. */
interface Reply {
  readonly events: readonly object[];
}

/** The words of a reply, joined. */
export function wordsOf({ events }: Reply): string {
  return events
    .flatMap((event) => {
      if (!('text' in event) || typeof event.text !== 'string') return [];
      const times = 'times' in event && typeof event.times === 'number' ? event.times : 1;
      const text = event.text;
      return Array.from({ length: times }, (_, n) => text.replaceAll('{n}', String(n + 1)));
    })
    .join('');
}

/** How long a reply is silent before its first word, in ms. */
export function silenceOf({ events }: Reply): number {
  let silence = 0;
  for (const event of events) {
    if ('text' in event) break;
    if ('pause' in event) silence += Number(event.pause);
  }
  return silence;
}

/** What is left of the reply `wrapped` when its wrappers are gone. */
export function expectUnwrapped(text: string): void {
  expect(text.includes('Visible answer'), 'the visible part of the answer', text);
  expect(!/<\/?(?:think|final)|private thought/.test(text), 'no wrapper and no private thought', text);
}
