/**
 * The soak: load tests of the reference as a process, each with limits. All traffic is on 127.0.0.1, limited in count and
 * time.
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

/** The parts of one row run at once: they wait more than they compute. */
const ROWS: readonly (readonly Part[])[] = [
  [streams],
  [large],
  [leavers],
  [slowReader, slowSpeakers, lives],
  [floods],
  [redaction],
  [mixed],
];

/** The names of the parts, in order. */
export const PARTS: readonly string[] = ROWS.flat().map(({ name }) => name);

/** The options of a soak. */
export interface SoakOptions {
  /** A quarter of an hour, for all limits; otherwise half a minute. */
  readonly full: boolean;
  /** The seed of all pseudo-random choices. */
  readonly seed: number;
  /** Names of parts. Default: all. */
  readonly only?: readonly string[];
  readonly print: (line: string) => void;
}

/**
 * Runs the parts and prints a line for each.
 *
 * @returns Whether all limits held.
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
  const bounds = broken.map((bound) => `\n        does not hold: ${bound}`).join('');
  return `${verdict}  ${part.name}: ${figure} (${((performance.now() - start) / 1_000).toFixed(1)} s)${bounds}`;
}
