import { expect, test } from 'vitest';
import { Faults } from './faults.ts';

const CALL = { agent: 'main', sessionKey: 'k', prompt: 'hi there', headers: { 'x-test': 'a' }, stream: true };

test('a fault strikes as many calls as it was added for, the oldest first', () => {
  const faults = new Faults();
  faults.add({ status: 429, times: 2 });
  faults.add({ cut: 3 });
  expect([1, 2, 3, 4].map(() => faults.take(CALL))).toEqual([{ status: 429 }, { status: 429 }, { cut: 3 }, undefined]);
});

test.each([
  [{ agent: 'main' }, { agent: 'beta' }],
  [{ session: 'k' }, { session: 'other' }],
  [{ message: 'there' }, { message: 'here ' }],
  [{ header: { 'X-Test': 'a' } }, { header: { 'x-test': 'b' } }],
  [{ stream: true }, { stream: false }],
])('a fault for %j waits for such a call, one for %j goes on waiting', (match, other) => {
  const faults = new Faults();
  faults.add({ cut: 1, match: other });
  faults.add({ cut: 2, match });
  expect(faults.take(CALL)).toEqual({ cut: 2 });
  expect(faults.list()).toEqual([{ cut: 1, match: other, times: 1 }]);
  faults.clear();
  expect(faults.list()).toEqual([]);
});

test('what is no fault is not added', () => {
  const faults = new Faults();
  for (const order of [{ cut: -1 }, { status: 200 }, { nonsense: 1 }, null]) {
    expect(() => faults.add(order)).toThrow(/^Failed to read the fault: .*\. See fixtures\/schemas\/fault/);
  }
  expect(faults.list()).toEqual([]);
});

test('a header asks for a fault only where that is allowed', () => {
  const asking = { ...CALL, headers: { 'x-openclaw-fault': 'cut=3, no-done; message=two words,crlf' } };
  expect(new Faults().take(asking)).toBeUndefined();
  const faults = new Faults({ byHeader: true });
  expect(faults.take(asking)).toEqual({ cut: 3, noDone: true, message: 'two words', crlf: true });
  expect(() => faults.take({ ...CALL, headers: { 'x-openclaw-fault': 'cut=soon' } })).toThrow(
    'Failed to read x-openclaw-fault: cut: ',
  );
});
