import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LinkedMap } from './linked-map.ts';

test('after any additions and removals it equals a Map in insertion order', () => {
  const names = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const change = fc.record({ take: fc.boolean(), name: names });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const linked = new LinkedMap<number>();
      const map = new Map<string, number>();
      for (const [at, { take, name }] of changes.entries()) {
        expect(linked.take(name)).toBe(map.get(name));
        map.delete(name);
        if (take) continue;
        linked.add(name, at);
        map.set(name, at);
        expect(linked.get(name)).toBe(at);
      }
      expect([...linked]).toEqual([...map]);
      expect([linked.size, linked.first?.name]).toEqual([map.size, map.keys().next().value]);
    }),
  );
});
