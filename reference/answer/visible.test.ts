import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RunEvent } from '../backends/backend.ts';
import { View } from './visible.ts';

function seen(...pieces: string[]): RunEvent[] {
  const view = new View();
  const events = pieces.flatMap((text) => view.of({ type: 'text', text }) ?? []);
  return [...events, ...view.end()];
}

function texts(...from: string[]): string[] {
  return seen(...from).flatMap((event) => (event.type === 'text' ? [event.text] : []));
}

test('a run always ends with a finish reason and token counts', () => {
  expect(seen('hi').slice(-2)).toEqual([
    { type: 'finish', reason: 'stop' },
    { type: 'usage', input: 0, output: 0 },
  ]);
});

test('wrapper tags are hidden even when they are cut, and other tags are text', () => {
  expect(texts('<think>private</think>', '<final>', 'a', ' b', '</final>')).toEqual(['a', ' b']);
  expect(texts('<thi', 'nk>pri', 'vate</th', 'ink><fin', 'al>a<', 'b>c</b>', '</fi', 'nal>').join('')).toBe(
    'a<b>c</b>',
  );
  expect(texts('<thou', 'ght>private</thought>a<antthinking>', 'private</antthinking>b').join('')).toBe('ab');
  expect(texts('1 <', ' 2 << 3 <thin').join('')).toBe('1 < 2 << 3 <thin');
});

test('the first half of a surrogate pair is held until its second half comes', () => {
  expect(texts('grin \ud83d', '\ude00 joined')).toEqual(['grin ', '😀 joined']);
});

test('only blanks before the first word are dropped', () => {
  expect(texts(' ', '\n a ', ' ', 'b ')).toEqual(['a ', ' ', 'b ']);
});

test('a run without visible text has the text "No response from OpenClaw."', () => {
  expect(texts()).toEqual(['No response from OpenClaw.']);
  expect(texts(' ', '<think>x')).toEqual(['No response from OpenClaw.']);
});

test('the visible text does not depend on how the text is cut into pieces', () => {
  const part = fc.constantFrom('<think>', '</think>', '<final>', '</final>', '<b>', '<', 'x', ' ', '😀', 'é', '</');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), fc.array(fc.nat(80), { maxLength: 8 }), (parts, cuts) => {
      const text = parts.join('');
      const edges = [0, ...cuts.filter((cut) => cut < text.length).toSorted((a, b) => a - b), text.length];
      const cut = edges.slice(1).map((end, index) => text.slice(edges[index], end));
      expect(texts(...cut).join('')).toBe(texts(text).join(''));
    }),
  );
});
