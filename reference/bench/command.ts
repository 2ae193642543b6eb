/** `npm run bench`: what the reference costs, next to others. */

import { writeFile } from 'node:fs/promises';
import { bars } from './bars.ts';
import { bench } from './bench.ts';
import { contestants } from './contestants.ts';
import { table } from './table.ts';

/** The flags of `npm run bench`. */
export const FLAGS = {
  quick: { says: 'takes about one minute instead of five' },
  out: { value: 'FILE', says: 'writes all samples and limits as JSON' },
} as const;

/** What it does. */
export const SAYS = 'Measures what the reference costs next to others, and holds it against its limits.';

/** Lines behind the flags of the help. */
export const MORE = 'Exit: 0 all limits hold, 1 a limit is broken, 2 wrong usage, 3 the measurement failed.';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** The values of the flags. */
export interface Flags {
  readonly quick: boolean;
  readonly out: string | undefined;
}

async function run({ quick, out }: Flags): Promise<number> {
  const measured = contestants(say);
  const measures = await bench(measured, { rounds: quick ? 5 : 25, say });
  const rivals = measured.filter((contestant) => contestant.rival).map(({ name }) => name);
  const verdicts = bars(measures, rivals);
  process.stdout.write(table(measures, verdicts));
  if (out !== undefined) await writeFile(out, `${JSON.stringify({ measures, bars: verdicts }, undefined, 2)}\n`);
  return verdicts.every((bar) => bar.holds) ? 0 : 1;
}

/** Resolves to the exit code. Everything is printed. */
export async function command(flags: Flags): Promise<number> {
  try {
    return await run(flags);
  } catch (cause) {
    say(cause instanceof Error ? cause.message : 'Failed to measure.');
    return 3;
  }
}
