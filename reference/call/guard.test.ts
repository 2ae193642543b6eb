import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { behaviour } from '../editions/editions.ts';
import { Guard } from './guard.ts';

const LIMIT = { maxAttempts: 2, windowMs: 1_000, lockoutMs: 5_000, exemptLoopback: true };
const guard = (limit = LIMIT): Guard =>
  new Guard({ auth: { mode: 'token', secret: 'schlüssel', source: 'x' }, rateLimit: limit }, behaviour());

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

function status(at: Guard, secret: string | undefined, address = '10.0.0.1'): number {
  try {
    at.verify(address, secret === undefined ? undefined : Buffer.from(secret));
    return 200;
  } catch (cause) {
    return (cause as { status: number }).status;
  }
}

test('a secret is compared in bytes, non-ASCII characters included', () => {
  expect(['schlüssel', 'schlussel', 'schlüsse', '', undefined].map((secret) => status(guard(), secret))).toEqual([
    200, 401, 401, 401, 401,
  ]);
});

test('a lockout ends after its time, and the count restarts at zero', () => {
  const limited = guard();
  expect([status(limited, 'a'), status(limited, 'a'), status(limited, 'schlüssel')]).toEqual([401, 401, 429]);
  vi.advanceTimersByTime(5_001);
  expect([status(limited, 'a'), status(limited, 'schlüssel')]).toEqual([401, 200]);
});

test('failures further apart than the window do not add up', () => {
  const limited = guard();
  status(limited, 'a');
  vi.advanceTimersByTime(1_001);
  expect([status(limited, 'a'), status(limited, 'schlüssel')]).toEqual([401, 200]);
});

test('one address does not lock out another, and loopback is exempt', () => {
  const limited = guard();
  for (let n = 0; n < 5; n++) status(limited, 'a');
  expect(status(limited, 'schlüssel', '10.0.0.2')).toBe(200);
  for (let n = 0; n < 5; n++) status(limited, 'a', '::ffff:127.0.0.1');
  expect(status(limited, 'schlüssel', '::ffff:127.0.0.1')).toBe(200);
});
