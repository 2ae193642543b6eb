/**
 * The soak: the reference as a process of its own under loads that break servers, each with a bound. Everything is on
 * 127.0.0.1, bounded in count and time, and ends by itself.
 */

import { hangUp } from './call.ts';
import { floods } from './floods.ts';
import { large } from './large.ts';
import { leavers } from './leavers.ts';
import { lives } from './lives.ts';
import { mixed } from './mixed.ts';
import type { Part } from './part.ts';
import { redaction } from './redaction.ts';
import { slowReader, slowSpeakers } from './slow.ts';
import { streams } from './streams.ts';

/** Those in one row run at the same time: they wait more than they work. */
const ROWS: readonly (readonly Part[])[] = [
  [streams],
  [large],
  [leavers],
  [slowReader, slowSpeakers, lives],
  [floods],
  [redaction],
  [mixed],
];

export const PARTS: readonly string[] = ROWS.flat().map(({ name }) => name);

export interface SoakOptions {
  /** As much as the bounds speak of, a quarter of an hour; else half a minute. */
  readonly full: boolean;
  /** Of everything that looks like chance. */
  readonly seed: number;
  /** Names of parts. Default: all. */
  readonly only?: readonly string[];
  readonly print: (line: string) => void;
}

/**
 * Runs it, and prints a line for each part.
 *
 * @returns Whether every bound was kept.
 */
export async function soak({ full, seed, only = PARTS, print }: SoakOptions): Promise<boolean> {
  let good = true;
  for (const row of ROWS) {
    const chosen = row.filter(({ name }) => only.includes(name));
    for (const line of await Promise.all(chosen.map((part) => lineOf(part, full, seed)))) {
      if (!line.startsWith('ok')) good = false;
      print(line);
    }
    hangUp();
  }
  return good;
}

async function lineOf(part: Part, full: boolean, seed: number): Promise<string> {
  const start = performance.now();
  const { figure, broken } = await part.run(full, seed);
  const verdict = broken.length === 0 ? 'ok    ' : 'broken';
  const bounds = broken.map((bound) => `\n        not kept: ${bound}`).join('');
  return `${verdict}  ${part.name}: ${figure} (${((performance.now() - start) / 1_000).toFixed(1)} s)${bounds}`;
}
