import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RunEvent } from './backends/backend.ts';
import { visible } from './visible.ts';

async function* run(...pieces: string[]): AsyncGenerator<RunEvent> {
  for (const text of pieces) yield { type: 'text', text };
}

async function pieces(...from: string[]): Promise<string[]> {
  const events = await Array.fromAsync(visible(run(...from)));
  return events.flatMap((event) => (event.type === 'text' ? [event.text] : []));
}

test('a run always ends with a finish reason and token counts', async () => {
  expect((await Array.fromAsync(visible(run('hi')))).slice(-2)).toEqual([
    { type: 'finish', reason: 'stop' },
    { type: 'usage', input: 0, output: 0 },
  ]);
});

test('wrappers are hidden, also when they are cut; other tags are text', async () => {
  expect(await pieces('<think>private</think>', '<final>', 'a', ' b', '</final>')).toEqual(['a', ' b']);
  expect((await pieces('<thi', 'nk>pri', 'vate</th', 'ink><fin', 'al>a<', 'b>c</b>', '</fi', 'nal>')).join('')).toBe(
    'a<b>c</b>',
  );
  expect((await pieces('1 <', ' 2 << 3 <thin')).join('')).toBe('1 < 2 << 3 <thin');
});

test('half a character waits for its other half', async () => {
  expect(await pieces('grin \ud83d', '\ude00 joined')).toEqual(['grin ', '😀 joined']);
});

test('blanks before the first word are dropped, no others', async () => {
  expect(await pieces(' ', '\n a ', ' ', 'b ')).toEqual(['a ', ' ', 'b ']);
});

test('nothing at all is a sentence', async () => {
  expect(await pieces()).toEqual(['No response from OpenClaw.']);
  expect(await pieces(' ', '<think>x')).toEqual(['No response from OpenClaw.']);
});

test('however a text is cut, what is shown is the same', async () => {
  const part = fc.constantFrom('<think>', '</think>', '<final>', '</final>', '<b>', '<', 'x', ' ', '😀', 'é', '</');
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 12 }), fc.array(fc.nat(80), { maxLength: 8 }), async (parts, cuts) => {
      const text = parts.join('');
      const edges = [0, ...cuts.filter((cut) => cut < text.length).toSorted((a, b) => a - b), text.length];
      const cut = edges.slice(1).map((end, index) => text.slice(edges[index], end));
      expect((await pieces(...cut)).join('')).toBe((await pieces(text)).join(''));
    }),
  );
});
