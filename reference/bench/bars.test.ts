import { expect, test } from 'vitest';
import { bars, median, quantile, ratios } from './bars.ts';
import type { Measure, MeasureId } from './bench.ts';
import { table } from './table.ts';

const STREAMS: readonly MeasureId[] = ['cpu.stream-64', 'cpu.stream-500'];

/** Measures in which the floor takes 10, the bare stack 20, and the others the given values. */
function measured(
  json: number,
  stream: number,
  start: number,
  longDelta: number,
  rival: number,
  { journal = 1.25, peak = 27 } = {},
): Measure[] {
  const of = (id: MeasureId, unit: Measure['unit'], reference: number, bare = 20): Measure => {
    const samples = { 'node:http': [10, 10, 10], 'bare Koa': [bare, bare, bare] };
    const of3 = (sample: number): number[] => Array<number>(3).fill(sample);
    const kit = { reference: of3(reference), 'with a journal': of3(reference * journal) };
    return { id, unit, samples: { ...samples, ...kit, rival: of3(rival) } };
  };
  return [
    of('cpu.json', 'µs', json),
    ...STREAMS.map((id) => of(id, 'µs', stream, 12)),
    of('start', 'ms', start),
    of('rss.peak-500', 'MB', peak),
    of('cpu.deltas-2500', 'µs', 1),
    of('cpu.deltas-10000', 'µs', longDelta),
  ];
}

const broken = (measures: readonly Measure[]): string[] =>
  bars(measures, ['rival'])
    .filter((bar) => !bar.holds)
    .map((bar) => bar.says);

test('a reference within all limits breaks none', () => {
  expect(broken(measured(24, 14, 26, 1.2, 30))).toEqual([]);
});

test('each limit is broken by its own measure alone', () => {
  expect(broken(measured(24.1, 14, 26, 1, 30))).toEqual(['cpu.json: at most 1.2 × bare Koa']);
  expect(broken(measured(34, 14, 26, 1, 40))).toContain('cpu.json: at most 3.3 × node:http');
  expect(broken(measured(24, 14.5, 26, 1, 30))).toEqual(STREAMS.map((id) => `${id}: at most 1.2 × bare Koa`));
  expect(broken(measured(24, 15.1, 26, 1, 30))).toContain('cpu.stream-64: at most 1.5 × node:http');
  expect(broken(measured(24, 14, 26.1, 1, 30))).toEqual(['start: at most 1.3 × bare Koa']);
  expect(broken(measured(24, 14, 26, 1.3, 30))).toEqual(['a delta of 10 000: at most 1.25 × one of 2 500']);
  expect(broken(measured(24, 14, 26, 1, 30, { peak: 28.1 }))).toEqual(['rss.peak-500: at most 1.4 × bare Koa']);
  expect(broken(measured(24, 14, 26, 1, 30, { journal: 1.31 }))).toEqual(
    ['cpu.json', 'cpu.stream-64'].map((id) => `${id}: with a journal at most 1.3 × without`),
  );
  expect(broken(measured(24, 14, 26, 1, 24))).toEqual(['cpu.json: less than rival']);
});

test('a missing measure breaks its limits', () => {
  expect(broken([])).toHaveLength(bars([], ['rival']).length);
});

test('ratios are of samples of the same round, so a slow round does not change them', () => {
  expect(median(ratios([20, 60, 22], [10, 30, 11]))).toBe(2);
  expect([0, 0.25, 0.5, 1].map((at) => quantile([4, 1, 2, 3], at))).toEqual([1, 1.75, 2.5, 4]);
});

test('the table has the medians, the ratio to the floor, and each limit with its verdict', () => {
  const measures = measured(24, 14, 27, 1, 30);
  const lines = table(measures, bars(measures, ['rival'])).split('\n');
  expect(lines.find((line) => line.includes('reference'))).toMatch(/reference +24\.0 µs +2\.40 × +2\.40–2\.40$/);
  expect(lines).toContain('FAIL   1.35  start: at most 1.3 × bare Koa');
  expect(lines).toContain('pass   2.40  cpu.json: at most 3.3 × node:http');
});
