import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RunEvent } from '../backends/backend.ts';
import { chunkFrom, jsonOf } from './chunks.ts';

const text = fc.string({ unit: 'binary' });
const head = fc.record({ id: text, created: fc.nat(), model: text });

test('a chunk of text written by hand has the bytes of JSON.stringify, whatever the text and the model', () => {
  fc.assert(
    fc.property(head, text, (head, text) => {
      const chunk = chunkFrom(head, { type: 'text', text });
      expect(jsonOf(head)(chunk)).toBe(JSON.stringify(chunk));
    }),
  );
});

const OTHERS: Exclude<RunEvent, { type: 'text' | 'fault' | 'step' }>[] = [
  { type: 'call', index: 0, id: 'call_1', name: 'get_time' },
  { type: 'arguments', index: 0, text: '{"zone":' },
  { type: 'finish', reason: 'stop' },
  { type: 'usage', input: 1, output: 2 },
];

test.each(OTHERS)('so has that of $type, and an error', (event) => {
  const head = { id: 'a', created: 1, model: 'openclaw' };
  const chunk = chunkFrom(head, event);
  expect(jsonOf(head)(chunk)).toBe(JSON.stringify(chunk));
  const error = { error: { message: 'no', type: 'api_error' } };
  expect(jsonOf(head)(error)).toBe(JSON.stringify(error));
});
