import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RunEvent } from '../backends/backend.ts';
import { chunkFrom, jsonOf } from './chunks.ts';

const texts = fc.string({ unit: 'binary' });
const heads = fc.record({ id: texts, created: fc.nat(), model: texts });

test('a text chunk has the bytes of JSON.stringify, for any text and any model', () => {
  fc.assert(
    fc.property(heads, texts, (head, text) => {
      const chunk = chunkFrom(head, { type: 'text', text });
      expect(jsonOf(head)(chunk)).toBe(JSON.stringify(chunk));
    }),
  );
});

const OTHERS: Exclude<RunEvent, { type: 'text' | 'step' }>[] = [
  { type: 'call', index: 0, id: 'call_1', name: 'get_time' },
  { type: 'arguments', index: 0, text: '{"zone":' },
  { type: 'finish', reason: 'stop' },
  { type: 'usage', input: 1, output: 2 },
];

test.each(OTHERS)('a chunk of $type, and an error, have the bytes of JSON.stringify', (event) => {
  const head = { id: 'a', created: 1, model: 'openclaw' };
  const chunk = chunkFrom(head, event);
  expect(jsonOf(head)(chunk)).toBe(JSON.stringify(chunk));
  const error = { error: { message: 'no', type: 'api_error' } };
  expect(jsonOf(head)(error)).toBe(JSON.stringify(error));
});
