/** Texts and pauses of `fixtures/replies`, read from the files themselves. */
import { expect } from '../dial/expectation.ts';

/** The content of a reply's file. */
interface Reply {
  readonly events: readonly object[];
}

/** The text of a reply. */
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

/** The pause before a reply's first text, in ms. */
export function silenceOf({ events }: Reply): number {
  let silence = 0;
  for (const event of events) {
    if ('text' in event) break;
    if ('pause' in event) silence += Number(event.pause);
  }
  return silence;
}

/** The reply `wrapped` without its wrappers. @throws {Violation} otherwise. */
export function expectUnwrapped(text: string): void {
  expect(text.includes('Visible answer'), 'the visible part of the answer', text);
  expect(!/<\/?(?:think|final)|private thought/.test(text), 'no wrapper and no private thought', text);
}
