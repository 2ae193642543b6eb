import { describe, expect, it } from 'vitest';
import { readWaivers } from './waivers.ts';

const known = new Set(['streaming.done', 'errors.envelope']);
const line = `{ id: 'streaming.done', reason: 'ends without it', dated: '2026-11-22' }`;
const read = (text: string): ReturnType<typeof readWaivers> => readWaivers(text, 'w.json5', known);

describe('readWaivers', () => {
  it('reads JSON5', () => {
    expect(read(`{ waivers: [${line}] } // all`)).toEqual([
      { id: 'streaming.done', reason: 'ends without it', dated: '2026-11-22' },
    ]);
  });

  it.each([
    ['{ waivers: [', 'expected JSON5'],
    ['{}', 'at waivers'],
    [`{ waivers: [${line}, ${line}] }`, 'got two for streaming.done'],
    [`{ waivers: [${line.replace('streaming.done', 'streaming.dome')}] }`, 'got streaming.dome'],
    [`{ waivers: [${line.replace('ends without it', '')}] }`, 'at waivers.0.reason'],
    [`{ waivers: [${line.replace('2026-11-22', 'yesterday')}] }`, 'at waivers.0.dated'],
    [`{ waivers: [${line.replace('}', ', excuse: 1 }')}] }`, 'excuse'],
  ])('refuses %s in one line that names the file', (text, expected) => {
    expect(() => read(text)).toThrow(expected);
    expect(() => read(text)).toThrow(/^Failed to read waivers w\.json5: expected [^\n]+$/);
  });
});
