/** The limits that the bench sets for the reference. */

import type { Measure, MeasureId } from './bench.ts';
import { BARE, FLOOR, JOURNALED, REFERENCE } from './contestants.ts';

/** A limit and the measured ratio. */
export interface Bar {
  /** Such as "cpu.json: at most 3.3 × node:http". */
  readonly says: string;
  /** The median ratio; NaN when nothing was measured. */
  readonly ratio: number;
  readonly limit: number;
  readonly holds: boolean;
}

/** Limits as multiples of the floor's or the bare stack's median. */
const LIMITS: readonly { id: MeasureId; against: string; limit: number }[] = [
  { id: 'cpu.json', against: FLOOR, limit: 3.3 },
  { id: 'cpu.json', against: BARE, limit: 1.2 },
  { id: 'cpu.stream-64', against: FLOOR, limit: 1.5 },
  { id: 'cpu.stream-64', against: BARE, limit: 1.2 },
  { id: 'cpu.stream-500', against: FLOOR, limit: 1.5 },
  { id: 'cpu.stream-500', against: BARE, limit: 1.2 },
  { id: 'start', against: BARE, limit: 1.3 },
  { id: 'rss.peak-500', against: BARE, limit: 1.4 },
];

/** The limit of the reference with a journal, as a multiple of one without. */
const JOURNAL = 1.3;
const WITH_JOURNAL: readonly MeasureId[] = ['cpu.json', 'cpu.stream-64'];

/** Measures in which the reference must be below every other mock server. */
const LEAST: readonly MeasureId[] = ['cpu.json', 'cpu.stream-64', 'cpu.stream-500'];

/** The limit of the cost of a delta in the longest reply, as a multiple of that in a reply of a quarter of its length. */
const LINEAR = 1.25;

/**
 * Holds the samples against the limits.
 *
 * @param rivals The names of the other mock servers that were measured.
 */
export function bars(measures: readonly Measure[], rivals: readonly string[]): readonly Bar[] {
  const samples = (id: MeasureId, name: string): readonly number[] =>
    measures.find((measure) => measure.id === id)?.samples[name] ?? [];
  const against = (id: MeasureId, other: string, limit: number, words: string): Bar =>
    bar(`${id}: ${words} ${other}`, ratios(samples(id, REFERENCE), samples(id, other)), limit);
  const linear = ratios(samples('cpu.deltas-10000', REFERENCE), samples('cpu.deltas-2500', REFERENCE));
  const journal = (id: MeasureId): Bar =>
    bar(
      `${id}: with a journal at most ${JOURNAL} × without`,
      ratios(samples(id, JOURNALED), samples(id, REFERENCE)),
      JOURNAL,
    );
  return [
    ...LIMITS.map((one) => against(one.id, one.against, one.limit, `at most ${one.limit} ×`)),
    ...LEAST.flatMap((id) => rivals.map((rival) => against(id, rival, 1, 'less than'))),
    ...WITH_JOURNAL.map(journal),
    bar(`a delta of 10 000: at most ${LINEAR} × one of 2 500`, linear, LINEAR),
  ];
}

function bar(says: string, all: readonly number[], limit: number): Bar {
  const ratio = median(all);
  return { says, ratio, limit, holds: limit === 1 ? ratio < 1 : ratio <= limit };
}

/** The ratio of the samples of each round: load on the machine affects both samples of a round. */
export function ratios(one: readonly number[], other: readonly number[]): readonly number[] {
  return one.map((sample, round) => sample / (other[round] ?? NaN));
}

/** The median; NaN, which fails every limit, when there are no numbers. */
export function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5);
}

/**
 * A quantile, interpolated linearly between neighbours.
 *
 * @param at From 0 to 1.
 */
export function quantile(numbers: readonly number[], at: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * at;
  const below = sorted[Math.floor(place)] ?? NaN;
  const above = sorted[Math.ceil(place)] ?? NaN;
  return below + (above - below) * (place - Math.floor(place));
}
