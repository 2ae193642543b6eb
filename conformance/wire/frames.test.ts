import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitFrames } from './frames.ts';
import type { Piece } from './exchange.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const whole = (text: string): readonly Piece[] => [{ at: 0, bytes: bytes(text) }];
const data = (text: string): (string | undefined)[] => splitFrames(whole(text)).frames.map((frame) => frame.data);

describe('splitFrames', () => {
  it('splits at blank lines', () => {
    expect(data('data: one\n\ndata: two\n\n')).toEqual(['one', 'two']);
  });

  it('takes LF, CRLF and CR alone as the end of a line, mixed as well', () => {
    expect(data('data: one\r\n\r\ndata: two\r\rdata: three\n\r\n')).toEqual(['one', 'two', 'three']);
  });

  it('drops one blank after the colon, and no more', () => {
    expect(data('data:one\n\ndata:  two\n\n')).toEqual(['one', ' two']);
  });

  it('joins several data lines of one event with a newline', () => {
    expect(data('data: one\ndata: two\n\n')).toEqual(['one\ntwo']);
  });

  it('keeps an event of comments alone, without data', () => {
    expect(splitFrames(whole(': ping\n\n')).frames).toEqual([{ lines: [': ping'], data: undefined, at: 0 }]);
  });

  it('reports the bytes after the last blank line', () => {
    expect(splitFrames(whole('data: one\n\ndata: [DONE]\n')).rest).toBe('data: [DONE]\n');
  });

  it('drops a byte order mark at the front alone', () => {
    expect(data('\ufeffdata: one\n\n\ufeffdata: two\n\n')).toEqual(['one', undefined]);
  });

  it('gives each frame the time at which its last byte arrived', () => {
    const pieces = [
      { at: 1, bytes: bytes('data: one\n') },
      { at: 2, bytes: bytes('\ndata: two') },
      { at: 3, bytes: bytes('\n\ndata: three\n\n') },
    ];
    expect(splitFrames(pieces).frames.map(({ at }) => at)).toEqual([2, 3, 3]);
  });

  it('gives the same frames for any chunking of the same bytes', () => {
    const line = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('data: x', 'data:', ': c', 'event: e', '', '[DONE]'),
    );
    const end = fc.constantFrom('\n', '\r\n', '\r');
    const text = fc.array(fc.tuple(line, end), { maxLength: 30 }).map((lines) => lines.flat().join(''));
    fc.assert(
      fc.property(text, fc.array(fc.nat(), { maxLength: 20 }), (text, cuts) => {
        const all = bytes(text);
        const at = [...new Set(cuts.map((cut) => cut % (all.length + 1)))].toSorted((a, b) => a - b);
        const pieces = [0, ...at].map((from, index) => ({ at: 0, bytes: all.subarray(from, at[index] ?? all.length) }));
        expect(splitFrames(pieces)).toEqual(splitFrames([{ at: 0, bytes: all }]));
      }),
    );
  });
});
