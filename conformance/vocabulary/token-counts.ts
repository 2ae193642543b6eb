/** Checks of token counts, in completions and in the last chunk of a stream. */
import counted from '../../fixtures/replies/usage.json' with { type: 'json' };
import { expect, expectEqual } from '../dial/expectation.ts';
import type { Unjudged } from '../dial/reading.ts';

/** Whole numbers that add up. @throws {Violation} otherwise. */
export function expectCounts(usage: Unjudged): void {
  for (const name of ['prompt_tokens', 'completion_tokens', 'total_tokens']) {
    const count: unknown = usage?.[name];
    expect(Number.isInteger(count) && Number(count) >= 0, `usage.${name} to be a whole number of tokens`, count);
  }
  const { prompt_tokens: read, completion_tokens: written, total_tokens: total } = usage;
  expect(total >= read + written, `usage.total_tokens to be ${read} + ${written} at least`, total);
}

/** The counts of the reply `usage`. @throws {Violation} otherwise. */
export function expectRealCounts(usage: Unjudged): void {
  const expected = counted.events.find((event) => event.usage)?.usage;
  expectEqual(usage?.prompt_tokens, expected?.input, 'prompt_tokens, cached ones included,');
  expectEqual(usage?.completion_tokens, expected?.output, 'completion_tokens');
  const cached: unknown = usage?.prompt_tokens_details?.cached_tokens;
  if (cached !== undefined) expectEqual(cached, expected?.cached, 'cached_tokens');
}
