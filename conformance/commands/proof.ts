/** `npm run proof`: runs every case against every wrong gateway. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cases } from '../chapters/index.ts';
import { NEWEST, isRelease } from '../editions.ts';
import { shuffled } from '../judging/order.ts';
import { EXIT } from '../judging/verdict.ts';
import { namesOf, prove, type Proof } from '../proof/proof.ts';
import { scoreAsWritten, scoreLine, scoreTable, withScore, type Score } from '../proof/score.ts';
import { readWritten, writeDown } from '../proof/written.ts';
import { UsageError } from '../usage-error.ts';
import { readArgv } from './usage.ts';

/** What `--help` prints. */
export const PROOF_HELP = `npm run proof -- [options]

Runs every case against every wrong gateway, lawful variant and null control, and compares the failing cases with
fixtures/proof/<edition>.json.

  --edition X    the reference as of a release (default: ${NEWEST})
  --only TEXT    only gateways whose name contains TEXT; repeatable
  --sample N     only N gateways, drawn by --seed
  --whole        every case judges each wrong gateway (default: those of the chapters that it breaks in full, and a
                 quarter of the others, another quarter for each gateway)
  --generated    judges changes of the reference instead, which StrykerJS's instrumenter makes, or --sample N of them;
                 lists those that no case notices and that have no reason in fixtures/generated.json
  --least N      percent of the generated changes that must be noticed (default: 90)
  --threads N    number of threads (default: one for each core)
  --out DIR      write proof.json to DIR (default: out)
  --write        write the failing cases to the fixture, and the score to README.md, for review
  --readme       write the measured score to README.md
  --weaken N     remove the assertion of N cases, one at a time; each must make the proof fail
  --seed N       draws those cases or gateways (default: 1)

Exit: 0 as in the fixture, 1 a difference, 2 wrong usage, 3 the proof could not be run.`;

const README = fileURLToPath(new URL('../../README.md', import.meta.url));

interface Flags {
  readonly edition: string;
  readonly only: readonly string[];
  readonly sample: number;
  readonly whole: boolean;
  readonly generated: boolean;
  readonly least: number;
  readonly threads: number;
  readonly out: string;
  readonly write: boolean;
  readonly readme: boolean;
  readonly weaken: number;
  readonly seed: number;
  readonly help: boolean;
}

/** Where the command writes; `live` where a progress line may be overwritten, a terminal. */
export interface World {
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  readonly live: boolean;
}

/**
 * Runs the command.
 *
 * @returns the exit code: 0 as in the fixture, 1 a difference, 2 wrong usage, 3 the proof could not be run. Errors are
 * printed in one line, not thrown.
 */
export async function proof(argv: readonly string[], world: World): Promise<number> {
  try {
    const flags = readFlags(argv);
    if (flags.help) return print(world, PROOF_HELP);
    if (flags.generated) {
      const { generated } = await import('./proof-generated.ts');
      return await generated(flags, world);
    }
    return flags.weaken > 0 ? await weakens(flags, world) : await proves(flags, world);
  } catch (cause) {
    world.writeError(`${cause instanceof Error ? cause.message : String(cause)}\n`);
    return cause instanceof UsageError ? EXIT.usage : EXIT.unjudged;
  }
}

async function proves(flags: Flags, world: World): Promise<number> {
  const { edition, only, threads, seed } = flags;
  const sample = flags.sample > 0 ? { of: flags.sample, seed } : undefined;
  const partial = only.length > 0 || sample !== undefined;
  if (partial && flags.readme) {
    throw new UsageError(
      'Failed to write the score: expected a whole proof, got a part of it. Omit --only and --sample.',
    );
  }
  const found = await prove({ edition, only, sample, whole: flags.whole, threads }, (done, of, one) => {
    if (world.live)
      world.write(`\r\x1b[2K${edition} ${done}/${of} ${one.wrong.length > 0 ? '✗' : '·'} ${one.name}`.slice(0, 110));
    if (one.wrong.length > 0 && !flags.write) {
      world.write(
        `${world.live ? '\r\x1b[2K' : ''}${one.kind} ${one.name}\n${one.wrong.map((line) => `    ${line}\n`).join('')}`,
      );
    }
  });
  if (world.live) world.write('\r\x1b[2K');
  await mkdir(flags.out, { recursive: true });
  await writeFile(join(flags.out, 'proof.json'), `${JSON.stringify(reported(found), null, 2)}\n`);
  if (flags.write) {
    await writeDown(edition, namesOf(found.catalogue), found.results, readWritten(edition));
    await putScore(scoreAsWritten(readWritten(edition)!, found.score.requirements), true);
    return print(world, `Written to fixtures/proof/${edition}.json and README.md: review their diff.`);
  }
  world.write(`${scoreTable(found.catalogue, found.weighed)}\n\n${scoreLine(found.score).slice(2)}\n`);
  world.write(`${found.executions} executions in ${Math.round(found.ms / 1000)} s; ${join(flags.out, 'proof.json')}\n`);
  const stale = !partial && (await publishes(found, flags.readme, world));
  return found.holds && !stale ? EXIT.good : EXIT.violated;
}

/** Whether the README still shows another score; with `writes`, the score is written first. */
async function publishes({ score, holds }: Proof, writes: boolean, world: World): Promise<boolean> {
  if (!holds || !(await putScore(score, writes)) || writes) return false;
  world.writeError(`README.md shows another score: npm run proof -- --readme --edition ${score.edition}\n`);
  return true;
}

/** Whether the README shows another score. `writes` then puts this one there. */
async function putScore(score: Score, writes: boolean): Promise<boolean> {
  const readme = await readFile(README, 'utf8');
  const wanted = withScore(readme, score);
  if (wanted !== readme && writes) await writeFile(README, wanted);
  return wanted !== readme;
}

/** Removes the assertion of each drawn case in turn; the command fails when a proof still passes. */
async function weakens({ edition, threads, weaken, seed }: Flags, world: World): Promise<number> {
  const drawn = shuffled(
    cases.filter(({ id }) =>
      readWritten(edition)?.mutants.some(({ fires }) => fires.some(({ requirements }) => requirements.includes(id))),
    ),
    seed,
  ).slice(0, weaken);
  let green = 0;
  for (const { id } of drawn) {
    const found = await prove({ edition, only: [], threads: Math.min(threads, 1), weak: id }, () => {});
    if (found.holds) green++;
    world.write(`${id} without its assertion: ${found.holds ? 'the proof still passes' : 'the proof fails'}\n`);
    for (const { name, wrong } of found.weighed) {
      if (wrong.length > 0) world.write(`    not caught: ${name}\n`);
    }
  }
  return green === 0 && drawn.length > 0 ? EXIT.good : EXIT.violated;
}

const reported = ({ score, holds, executions, ms, weighed }: Proof): object => ({
  holds,
  score,
  executions,
  ms,
  gateways: weighed,
});

function readFlags(argv: readonly string[]): Flags {
  const { values } = readArgv(argv, { options: OPTIONS });
  const edition = values.edition;
  if (!isRelease(edition))
    throw new UsageError(`Failed to read --edition: expected a release like ${NEWEST}, got ${edition}.`);
  if (!values.write && !values.help && !readWritten(edition)) {
    throw new UsageError(
      `Failed to prove: expected fixtures/proof/${edition}.json, got no such file. Write it with --write.`,
    );
  }
  return {
    ...values,
    edition,
    sample: wholeNumber('sample', values.sample, 0),
    threads: wholeNumber('threads', values.threads),
    weaken: wholeNumber('weaken', values.weaken, 0),
    least: wholeNumber('least', values.least, 0),
    seed: wholeNumber('seed', values.seed, 0),
  };
}

const OPTIONS = {
  edition: { type: 'string', default: NEWEST },
  only: { type: 'string', multiple: true, default: [] as string[] },
  sample: { type: 'string', default: '0' },
  whole: { type: 'boolean', default: false },
  generated: { type: 'boolean', default: false },
  least: { type: 'string', default: '90' },
  threads: { type: 'string', default: String(availableParallelism()) },
  out: { type: 'string', default: 'out' },
  write: { type: 'boolean', default: false },
  readme: { type: 'boolean', default: false },
  weaken: { type: 'string', default: '0' },
  seed: { type: 'string', default: '1' },
  help: { type: 'boolean', default: false },
} as const;

function wholeNumber(flag: string, text: string, least = 1): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least) return number;
  throw new UsageError(`Failed to read --${flag}: expected a whole number from ${least} on, got ${text}.`);
}

function print(world: World, text: string): number {
  world.write(`${text}\n`);
  return EXIT.good;
}
