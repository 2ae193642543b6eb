import { expect, test } from 'vitest';
import type { Exchange } from '../wire/exchange.ts';
import { expect as held } from './expectation.ts';
import { described } from './reading.ts';

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

test('a message shows a value as JSON, so that "1" is told from 1', () => {
  expect(saying('1')).toThrow(/got "1"$/);
  expect(saying(1)).toThrow(/got 1$/);
});
