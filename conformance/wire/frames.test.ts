import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Piece } from './exchange.ts';
import { splitFrames } from './frames.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const whole = (text: string): readonly Piece[] => [{ at: 0, bytes: bytes(text) }];
const data = (text: string): (string | undefined)[] => splitFrames(whole(text)).frames.map((frame) => frame.data);

describe('splitFrames', () => {
  test('events are split at blank lines', () => {
    expect(data('data: one\n\ndata: two\n\n')).toEqual(['one', 'two']);
  });

  test('a line ends in LF, CRLF or CR alone, mixed as well', () => {
    expect(data('data: one\r\n\r\ndata: two\r\rdata: three\n\r\n')).toEqual(['one', 'two', 'three']);
  });

  test('one space after the colon is dropped, and no more', () => {
    expect(data('data:one\n\ndata:  two\n\n')).toEqual(['one', ' two']);
  });

  test('several data lines of one event are joined with a newline', () => {
    expect(data('data: one\ndata: two\n\n')).toEqual(['one\ntwo']);
  });

  test('an event of comments alone is kept, without data', () => {
    expect(splitFrames(whole(': ping\n\n')).frames).toEqual([{ lines: [': ping'], data: undefined, at: 0 }]);
  });

  test('the bytes after the last blank line are the rest', () => {
    expect(splitFrames(whole('data: one\n\ndata: [DONE]\n')).rest).toBe('data: [DONE]\n');
  });

  test('a byte order mark is dropped at the start only', () => {
    expect(data('\ufeffdata: one\n\n\ufeffdata: two\n\n')).toEqual(['one', undefined]);
  });

  test('the time of a frame is when its last byte arrived', () => {
    const pieces = [
      { at: 1, bytes: bytes('data: one\n') },
      { at: 2, bytes: bytes('\ndata: two') },
      { at: 3, bytes: bytes('\n\ndata: three\n\n') },
    ];
    expect(splitFrames(pieces).frames.map(({ at }) => at)).toEqual([2, 3, 3]);
  });

  test('any chunking of the same bytes gives the same frames', () => {
    const line = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('data: x', 'data:', ': c', 'event: e', '', '[DONE]'),
    );
    const end = fc.constantFrom('\n', '\r\n', '\r');
    const text = fc.array(fc.tuple(line, end), { maxLength: 30 }).map((lines) => lines.flat().join(''));
    fc.assert(
      fc.property(text, fc.array(fc.nat(), { maxLength: 20 }), (written, cuts) => {
        const all = bytes(written);
        const at = [...new Set(cuts.map((cut) => cut % (all.length + 1)))].toSorted((a, b) => a - b);
        const pieces = [0, ...at].map((from, index) => ({ at: 0, bytes: all.subarray(from, at[index] ?? all.length) }));
        expect(splitFrames(pieces)).toEqual(splitFrames([{ at: 0, bytes: all }]));
      }),
    );
  });

  const line = fc.oneof(
    fc.string({ unit: 'grapheme' }).filter((text) => !/[\r\n]/.test(text) && !text.startsWith('\ufeff')),
    fc.constantFrom('data: x', 'data', ': c', 'event: e', '[DONE]', 'data: [DONE]'),
  );
  const event = fc.array(
    line.filter((text) => text !== ''),
    { minLength: 1, maxLength: 5 },
  );
  const lineEnd = fc.constantFrom('\n', '\r\n', '\r');

  const written = (events: readonly string[][], end = '\n'): string =>
    events.map((lines) => lines.join(end) + end + end).join('');

  test('every event that was written is found, whatever the line ends', () => {
    fc.assert(
      fc.property(fc.array(event), lineEnd, (events, end) => {
        const { frames, rest } = splitFrames(whole(written(events, end)));
        expect(frames.map(({ lines }) => lines)).toEqual(events);
        expect(rest).toBe('');
      }),
    );
  });

  test('later bytes do not change earlier frames', () => {
    fc.assert(
      fc.property(fc.array(event), event, (events, later) => {
        const before = splitFrames(whole(written(events))).frames;
        expect(splitFrames(whole(written([...events, later]))).frames).toEqual([
          ...before,
          expect.objectContaining({ lines: later }),
        ]);
      }),
    );
  });

  test('the time of a frame is that of its last byte, for any chunking', () => {
    fc.assert(
      fc.property(fc.array(event), fc.array(fc.nat(), { maxLength: 20 }), (events, cuts) => {
        const all = bytes(written(events));
        const at = [...new Set(cuts.map((cut) => cut % (all.length + 1)))].toSorted((a, b) => a - b);
        const begins = [0, ...at];
        const pieces = begins.map((from, index) => ({ at: index, bytes: all.subarray(from, at[index]) }));
        const ends = events.map((_, index) => bytes(written(events.slice(0, index + 1))).length);
        expect(splitFrames(pieces).frames.map((frame) => frame.at)).toEqual(
          ends.map((end) => begins.findLastIndex((from) => from < end)),
        );
      }),
    );
  });
});
