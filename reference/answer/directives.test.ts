import fc from 'fast-check';
import { expect, test } from 'vitest';
import { heldFrom, untagged } from './directives.ts';

const TAG = String.raw`\[\[\s*(?:(?:reply_to_current|audio_as_voice)\s*|reply_to\s*:[^\][\n]+)\]\]\s*`;
const OPEN = String.raw`\s*(?:\[\[[^\]]*\]?|(?:${TAG})+`;
/** What is held, in one pattern, which takes the square of a long text's length. */
const HELD = new RegExp(`${OPEN})?$`);
const HELD_MEDIA = new RegExp(String.raw`${OPEN}|(?<=^|\n)M(?:E(?:D(?:I(?:A(?::.*)?)?)?)?)?)?$`);

const WORDS = [
  '[[',
  ']]',
  '[',
  ']',
  ' ',
  '\n',
  'MEDIA',
  ':',
  'M',
  '/x.png',
  'word',
  'reply_to',
  '_current',
  'audio_as_voice',
];
const pieces = fc.constantFrom(
  ...WORDS,
  '[[reply_to_current]]',
  '[[ audio_as_voice ]] ',
  '[[reply_to: 7]]',
  '\nMEDIA:/a',
);
const texts = fc.array(pieces, { maxLength: 12 }).map((some) => some.join(''));

test('what is held is what one pattern would hold', () => {
  fc.assert(
    fc.property(texts, fc.boolean(), (text, media) => {
      expect(heldFrom(text, media)).toBe((media ? HELD_MEDIA : HELD).exec(text)!.index);
    }),
    { numRuns: 5000 },
  );
});

/** Milliseconds of this thread's time on the processor. */
function spent(act: () => void): number {
  const since = process.threadCpuUsage();
  act();
  const { user, system } = process.threadCpuUsage(since);
  return (user + system) / 1_000;
}

test.each([
  [' ', 'x'],
  ['\n', 'x'],
  ['[[', 'x'],
  ['[[reply_to:', 'x'],
  ['[[reply_to: ', '\n'],
  ['[[audio_as_voice]]      ', 'x'],
  ['[[audio_as_voice]]      ', ''],
  ['\nMEDIA:', 'x'],
])('a text of many %j and %j costs what its length costs', (one, last) => {
  const cost = (length: number): number => {
    const text = `${one.repeat(length / one.length)}${last}`;
    return spent(() => {
      for (const media of [true, false, true, false]) heldFrom(untagged(text), media);
    });
  };
  cost(250_000);
  // Eight times as long: the square would be sixty-four. What is too short to be measured is not the square either.
  expect(cost(2_000_000)).toBeLessThan(24 * Math.max(cost(250_000), 2));
});
