/** Token counts, as completions and the last chunk of a stream give them. */
import counted from '../../fixtures/replies/usage.json' with { type: 'json' };
import { expect, expectEqual } from '../dial/expectation.ts';
import type { Unjudged } from '../dial/reading.ts';

/** Counts that add up. */
export function expectCounts(usage: Unjudged): void {
  for (const name of ['prompt_tokens', 'completion_tokens', 'total_tokens']) {
    const count: unknown = usage?.[name];
    expect(Number.isInteger(count) && Number(count) >= 0, `usage.${name} to be a whole number of tokens`, count);
  }
  const { prompt_tokens: read, completion_tokens: written, total_tokens: total } = usage;
  expect(total >= read + written, `usage.total_tokens to be ${read} + ${written} at least`, total);
}

/** What the provider of the reply `usage` counted. */
export function expectRealCounts(usage: Unjudged): void {
  const told = counted.events.find((event) => event.usage)?.usage;
  expectEqual(usage?.prompt_tokens, told?.input, 'prompt_tokens, cached ones included,');
  expectEqual(usage?.completion_tokens, told?.output, 'completion_tokens');
  const cached: unknown = usage?.prompt_tokens_details?.cached_tokens;
  if (cached !== undefined) expectEqual(cached, told?.cached, 'cached_tokens');
}
