/** The result of the bench as text. */

import { median, quantile, ratios, type Bar } from './bars.ts';
import type { Measure } from './bench.ts';
import { FLOOR } from './contestants.ts';

/** Medians, the median ratio to the floor and the quartiles of the ratios of all rounds; then the limits. */
export function table(measures: readonly Measure[], bars: readonly Bar[]): string {
  const rows = measures.flatMap(({ id, unit, samples }) => [
    ['', '', '', '', ''],
    ...Object.entries(samples).map(([name, numbers], index) => {
      const all = ratios(numbers, samples[FLOOR] ?? []);
      const spread = `${two(quantile(all, 0.25))}–${two(quantile(all, 0.75))}`;
      return [index === 0 ? id : '', name, `${figure(median(numbers))} ${unit}`, `${two(median(all))} ×`, spread];
    }),
  ]);
  const verdicts = bars.map(
    ({ says, ratio, holds }) => `${holds ? 'pass' : 'FAIL'}  ${two(ratio).padStart(5)}  ${says}`,
  );
  return [...aligned([['', '', 'median', 'floor', 'middle half'], ...rows]), '', ...verdicts, ''].join('\n');
}

const two = (number: number): string => number.toFixed(2);
const figure = (number: number): string => number.toFixed(number < 10 ? 2 : number < 100 ? 1 : 0);

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const cell = (text: string, column: number): string =>
    column < 2 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(cell).join('  ').trimEnd());
}
