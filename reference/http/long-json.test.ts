import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseLong } from './long-json.ts';

// Tests wait for conditions; the time that a loaded machine takes is no condition.

/** Escaped characters, multi-byte characters, unpaired surrogates, and plain words. */
const piece = fc.constantFrom('word ', '"\\', '\n\u0000', 'ä', '€', '😀', '\ud83d', '\ude00', '\\u0041', '":');
const long = fc
  .tuple(fc.array(piece, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 20_000 }))
  .map(([pieces, times]) => pieces.join('').repeat(times));

test('JSON with long strings is parsed as JSON.parse parses it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(long, { minLength: 1, maxLength: 3 }), fc.jsonValue(), async (texts, other) => {
      const value = { messages: texts.map((content) => ({ content })), other, [`"${texts[0]!.slice(0, 9_000)}`]: 1 };
      const json = JSON.stringify(value, undefined, 1);
      const read = await parseLong(Buffer.from(json));
      if (read !== undefined) expect(read.value).toEqual(JSON.parse(json));
      else expect(Math.max(...texts.map((text) => JSON.stringify(text).length))).toBeLessThan(5_000);
    }),
    { numRuns: 20 },
  );
});

test.each(['{"a":"long', '{"a":"long","b":}', '{"a":"long\\q"}', '{"a":"long\n"}', 'long', '"long":1'])(
  'invalid JSON is left to JSON.parse: %j',
  async (json) => {
    expect(await parseLong(Buffer.from(json.replace('long', 'a'.repeat(100_000))))).toBeUndefined();
  },
);

test('JSON with many values beside its strings is left to JSON.parse', async () => {
  const many = JSON.stringify({ a: 'a'.repeat(10_000), b: Array(600_000).fill(1) });
  expect(await parseLong(Buffer.from(many))).toBeUndefined();
});
