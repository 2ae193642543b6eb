import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Line } from './linked-map.ts';

test('whatever comes and goes, a line is as a map that is asked in order of insertion', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const step = fc.record({ take: fc.boolean(), name });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const line = new Line<number>();
      const map = new Map<string, number>();
      for (const [at, step] of steps.entries()) {
        expect(line.take(step.name)).toBe(map.get(step.name));
        map.delete(step.name);
        if (step.take) continue;
        line.add(step.name, at);
        map.set(step.name, at);
        expect(line.get(step.name)).toBe(at);
      }
      expect([...line]).toEqual([...map]);
      expect([line.size, line.first?.name]).toEqual([map.size, map.keys().next().value]);
    }),
  );
});
