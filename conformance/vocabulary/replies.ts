/** Texts and pauses of `fixtures/replies`, read from the files themselves. */
import crumbs from '../../fixtures/replies/crumbs.json' with { type: 'json' };
import emoji from '../../fixtures/replies/split-unicode.json' with { type: 'json' };
import huge from '../../fixtures/replies/huge.json' with { type: 'json' };
import many from '../../fixtures/replies/long-quarter.json' with { type: 'json' };
import word from '../../fixtures/replies/one-word.json' with { type: 'json' };
import letters from '../../fixtures/replies/letters.json' with { type: 'json' };
import sentence from '../../fixtures/replies/sentence.json' with { type: 'json' };
import type { Dial } from '../dial/dial.ts';
import { expect } from '../dial/expectation.ts';
import { play } from './prompts.ts';

/** What the agent is asked to say in the situation of a case: the prompt, and the words of the answer. */
export function spokenIn({ situation: { saying = 'a sentence' }, nonce }: Dial): { prompt: string; words: string } {
  const [name, reply] = SAID[saying];
  return { prompt: `${play(name)} ${nonce}`, words: wordsOf(reply) };
}

/** The content of a reply's file. */
interface Reply {
  readonly events: readonly object[];
}

const SAID = {
  'a sentence': ['sentence', sentence],
  'one word': ['one-word', word],
  crumbs: ['crumbs', crumbs],
  'long, of many letters': ['letters', letters],
  emoji: ['split-unicode', emoji],
  'one huge delta': ['huge', huge],
  'over 1,000 deltas': ['long-quarter', many],
} as const satisfies Record<string, readonly [string, Reply]>;

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
