/** `npm run soak`: what the reference bears. */

import { parseArgs } from 'node:util';
import { PARTS, soak } from './soak.ts';

const HELP = `Usage: npm run soak -- [options]
  --full        a quarter of an hour instead of half a minute
  --only PART   one part; may be repeated: ${PARTS.join(', ')}
  --seed N      seed of all pseudo-random choices; default: a random one
  --help        this text
Linux only: memory is read from /proc. Exit codes: 0 all limits hold, 1 a limit does not hold, 2 wrong usage.
`;

const OPTIONS = {
  full: { type: 'boolean', default: false },
  only: { type: 'string', multiple: true },
  seed: { type: 'string' },
  help: { type: 'boolean' },
} as const;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function start(argv: readonly string[]): Promise<boolean> {
  const { full, only = PARTS, seed, help } = readFlags(argv);
  if (help) return (process.stdout.write(HELP), true);
  const unknown = only.find((name) => !PARTS.includes(name));
  if (unknown !== undefined) throw usage(`expected --only to be one of ${PARTS.join(', ')}, got "${unknown}"`);
  const given = seed === undefined ? Math.floor(Math.random() * 1e9) : Number(seed);
  if (!Number.isSafeInteger(given)) throw usage(`expected --seed to be a whole number, got "${seed}"`);
  if (process.platform !== 'linux') throw usage(`expected Linux, got ${process.platform}`);
  print(`seed ${given}`);
  return await soak({ full, only, seed: given, print });
}

function readFlags(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS }).values;
  } catch (cause) {
    throw usage(String(cause).replace(/^.*?: |\. [^]*$/g, ''));
  }
}

const usage = (got: string): Error => new Error(`Failed to soak: ${got}. See --help.`);

/** Resolves to the exit code. */
export async function command(argv: readonly string[]): Promise<number> {
  try {
    return (await start(argv)) ? 0 : 1;
  } catch (cause) {
    process.stderr.write(`${cause instanceof Error ? cause.message : 'Failed to soak.'}\n`);
    return 2;
  }
}
