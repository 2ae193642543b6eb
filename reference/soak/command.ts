/** `npm run soak`: what the reference bears. */

import { PARTS, soak } from './soak.ts';

/** The flags of `npm run soak`. */
export const FLAGS = {
  full: { says: 'a quarter of an hour instead of half a minute' },
  only: { value: 'PART', many: true, choices: PARTS, says: 'one part; may be repeated' },
  seed: {
    value: 'N',
    whole: [0, 1e9],
    says: 'of all pseudo-random choices; without it another one every time, printed',
  },
} as const;

/** What it does. */
export const SAYS =
  'Load-tests the reference, and holds each load against its limits. Linux only: memory is read from /proc.';

/** Lines behind the flags of the help. */
export const MORE = 'Exit: 0 all limits hold, 1 a limit does not hold, 2 wrong usage.';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** The values of the flags. */
export interface Flags {
  readonly full: boolean;
  /** Names of parts; all of them when it is empty. */
  readonly only: readonly string[];
  readonly seed: number | undefined;
}

/** Resolves to the exit code. Everything is printed. */
export async function command({ full, only, seed = Math.floor(Math.random() * 1e9) }: Flags): Promise<number> {
  if (process.platform !== 'linux') {
    process.stderr.write(`Failed to soak: expected Linux, got ${process.platform}. Run it in a container.\n`);
    return 2;
  }
  print(`seed ${seed}`);
  return (await soak({ full, only: only.length === 0 ? PARTS : only, seed, print })) ? 0 : 1;
}
