import { expect, test } from 'vitest';
import { Faults } from './faults.ts';

const CALL = { agent: 'main', sessionKey: 'k', prompt: 'hi there', headers: { 'x-test': 'a' }, stream: true };

test('a fault strikes as many calls as it was added for, and the oldest strikes first', () => {
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
])('a fault that matches %j strikes such a call, and one for %j does not', (match, other) => {
  const faults = new Faults();
  faults.add({ cut: 1, match: other });
  faults.add({ cut: 2, match });
  expect(faults.take(CALL)).toEqual({ cut: 2 });
  expect(faults.list()).toEqual([{ cut: 1, match: other, times: 1 }]);
  faults.clear();
  expect(faults.list()).toEqual([]);
});

test('an invalid fault is not added', () => {
  const faults = new Faults();
  for (const order of [{ cut: -1 }, { status: 200 }, { nonsense: 1 }, null]) {
    expect(() => faults.add(order)).toThrow(/^Failed to read the fault: .*\. See fixtures\/schemas\/fault/);
  }
  expect(faults.list()).toEqual([]);
});

test('a header requests a fault only where that is allowed', () => {
  const asking = { ...CALL, headers: { 'x-openclaw-fault': 'cut=3, no-done; message=two words,crlf' } };
  expect(new Faults().take(asking)).toBeUndefined();
  const faults = new Faults({ byHeader: true });
  expect(faults.take(asking)).toEqual({ cut: 3, noDone: true, message: 'two words', crlf: true });
  expect(() => faults.take({ ...CALL, headers: { 'x-openclaw-fault': 'cut=soon' } })).toThrow(
    'Failed to read x-openclaw-fault: cut: ',
  );
});

test.each([
  ['noDone', { noDone: true }],
  ['no-done', { noDone: true }],
  ['No-Done = true', { noDone: true }],
  ['nodone=false, retryAfter=2, status=429', { noDone: false, retryAfter: 2, status: 429 }],
  ['retry-after=2', { retryAfter: 2 }],
  ['message=42', { message: '42' }],
])('the header accepts the spellings of the schema and of the README: %s', (header, fault) => {
  const faults = new Faults({ byHeader: true });
  expect(faults.take({ ...CALL, headers: { 'x-openclaw-fault': header } })).toEqual(fault);
});

test.each(['nodon', 'constructor', '__proto__', '=', 'x'.repeat(9_000)])(
  'the error for an unknown fault is one line that lists the known ones: %.20s',
  (name) => {
    const faults = new Faults({ byHeader: true });
    const take = (): unknown => faults.take({ ...CALL, headers: { 'x-openclaw-fault': `cut=1, ${name}` } });
    const message =
      /^Failed to read x-openclaw-fault: expected a known fault, got ".{0,40}"\..* Known: status, retry-after, /;
    expect(take).toThrow(message);
    if (name === 'nodon') expect(take).toThrow('got "nodon". Did you mean no-done? Known: status, ');
  },
);

test('a duration beyond the range of timers is refused, in a header too', () => {
  const longest = 2 ** 31 - 1;
  for (const name of ['lateHeaders', 'heartbeat']) {
    const faults = new Faults({ byHeader: true });
    expect(() => faults.add({ [name]: longest + 1 })).toThrow(/^Failed to read the fault: .*<=2147483647/);
    expect(() => faults.add({ [name]: longest })).not.toThrow();
  }
  const faults = new Faults({ byHeader: true });
  const headers = { 'x-openclaw-fault': 'late-headers=99999999999999' };
  expect(() => faults.take({ agent: 'main', sessionKey: 'k', prompt: '', headers })).toThrow(/<=2147483647/);
});
