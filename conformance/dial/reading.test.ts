import { expect, test } from 'vitest';
import type { Exchange } from '../wire/exchange.ts';
import { expect as held } from './expectation.ts';
import { chunksIn, described, streamText } from './reading.ts';

const came = (body: string): Exchange =>
  ({
    status: 403,
    headers: new Headers({ 'content-type': 'application/json' }),
    pieces: [{ at: 1, bytes: new TextEncoder().encode(body) }],
    end: 'complete',
  }) as unknown as Exchange;
const saying = (got: unknown) => (): void => held(false, '401', got);

test('a message quotes a body verbatim, without escapes of JSON within JSON', () => {
  const answer = described(came('{"error":{"message":"Unauthorized"}}'));
  expect(saying(answer)).toThrow(/^expected 401, got 403 application\/json \{"error":\{"message":"Unauthorized"\}\}$/);
  expect(saying(described(came('')))).toThrow(/got 403 application\/json \(no body\)$/);
  expect(saying(described(came('x'.repeat(161))))).toThrow(/json x{160}… \(161 characters\)$/);
});

test('of a stream that was too long nothing is said but the bound that it passed', () => {
  const [bound, end] = ['more than 9 bytes (--max-bytes)', 'over'] as const;
  const over = { ...came('data: {"choices":[{"delta":{"content":"Hel"}}]}\n\n'), status: 200, bound, end };
  expect(() => chunksIn(over)).toThrow('the gateway sent more than 9 bytes (--max-bytes)');
  expect(() => streamText(over)).toThrow('--max-bytes');
});

test('a message shows a value as JSON, so that "1" is told from 1', () => {
  expect(saying('1')).toThrow(/got "1"$/);
  expect(saying(1)).toThrow(/got 1$/);
});
