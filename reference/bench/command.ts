/** `npm run bench`: what the reference costs, next to others. */

import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { bars } from './bars.ts';
import { bench } from './bench.ts';
import { contestants } from './contestants.ts';
import { table } from './table.ts';

const HELP = `Usage: npm run bench -- [options]
  --quick      takes about one minute instead of five
  --out FILE   write all samples and limits as JSON
  --help       this text

Exit codes: 0 all limits hold, 1 a limit is broken, 2 wrong usage, 3 the measurement failed.
`;

const OPTIONS = { quick: { type: 'boolean' }, out: { type: 'string' }, help: { type: 'boolean' } } as const;
const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function run({ quick = false, out, help }: ReturnType<typeof readFlags>): Promise<number> {
  if (help) {
    process.stdout.write(HELP);
    return 0;
  }
  const measured = contestants(say);
  const measures = await bench(measured, { rounds: quick ? 5 : 25, say });
  const rivals = measured.filter((contestant) => contestant.rival).map(({ name }) => name);
  const verdicts = bars(measures, rivals);
  process.stdout.write(table(measures, verdicts));
  if (out !== undefined) await writeFile(out, `${JSON.stringify({ measures, bars: verdicts }, undefined, 2)}\n`);
  return verdicts.every((bar) => bar.holds) ? 0 : 1;
}

function readFlags(argv: readonly string[]) {
  return parseArgs({ args: [...argv], options: OPTIONS }).values;
}

function failed(cause: unknown, code: number): number {
  say(cause instanceof Error ? cause.message : 'Failed to measure.');
  return code;
}

/** Resolves to the exit code. */
export async function command(argv: readonly string[]): Promise<number> {
  let flags: ReturnType<typeof readFlags>;
  try {
    flags = readFlags(argv);
  } catch (cause) {
    return failed(cause, 2);
  }
  return await run(flags).catch((cause: unknown) => failed(cause, 3));
}
