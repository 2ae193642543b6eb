import { expect, test } from 'vitest';
import { shown } from '../dial/expectation.ts';
import { exampleReport } from '../testing/example.ts';

test.each([
  [`{"error":{"message":"no \\"a\\""}}`, `{"error":{"message":"no \\"a\\""}}`],
  [`[${'"a",'.repeat(100)}]`, /^\["a",(?:"a",)+"… \(\d+ characters\)$/],
  ['plain "text"', '"plain \\"text\\""'],
])('JSON that came is shown as it was sent, escaped once at most: %s', (came, wanted) => {
  const got = shown(came);
  const report = exampleReport({ endings: { 'streaming.done': { kind: 'violated', expected: 'another', got } } });
  const { reason, evidence } = report.cases.find(({ id }) => id === 'streaming.done')!;
  if (typeof wanted === 'string') expect(evidence!.got).toBe(wanted);
  else expect(evidence!.got).toMatch(wanted);
  expect(reason).toBe(`expected another, got ${evidence!.got}`);
});
