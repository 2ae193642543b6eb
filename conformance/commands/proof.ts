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
import { ended, readCommandLine, wrong, type CommandTable, type Surroundings } from './command-line.ts';

const WHOLE = [0, 1e9] as const;
const COUNT = [1, 1e9] as const;

const PROOF = {
  invocation: 'npm run proof --',
  says: `Runs every case against every wrong gateway, lawful variant and null control, and compares the failing cases with fixtures/proof/<edition>.json.`,
  flags: {
    edition: { value: 'X', default: NEWEST, says: 'the reference as of a release' },
    only: { value: 'TEXT', many: true, says: 'only gateways whose name contains TEXT; repeatable' },
    sample: { value: 'N', whole: WHOLE, says: 'only N gateways, drawn by --seed' },
    whole: {
      says: 'every case judges each wrong gateway; without it those of the chapters that it breaks in full, and a quarter of the others, another quarter for each gateway',
    },
    generated: {
      says: "judges changes of the reference instead, which StrykerJS's instrumenter makes, or --sample N of them; lists those that no case notices and that have no reason in fixtures/generated.json",
    },
    least: {
      value: 'N',
      whole: [0, 100],
      default: 90,
      says: 'percent of the generated changes that must be noticed',
    },
    threads: { value: 'N', whole: COUNT, says: 'number of threads; without it, one for each core' },
    out: { value: 'DIR', default: 'out', says: 'writes proof.json to DIR' },
    write: { says: 'writes the failing cases to the fixture, and the score to README.md, for review' },
    readme: { says: 'writes the measured score to README.md' },
    weaken: {
      value: 'N',
      whole: WHOLE,
      says: 'removes the assertion of N cases, one at a time; each must make the proof fail',
    },
    seed: { value: 'N', whole: WHOLE, default: 1, says: 'draws those cases or gateways' },
  },
  more: 'Exit: 0 as in the fixture, 1 a difference, 2 wrong usage, 3 the proof could not be run.',
} as const satisfies CommandTable;

const README = fileURLToPath(new URL('../../README.md', import.meta.url));

type Flags = ReturnType<typeof readFlags>;
type World = Omit<Surroundings, 'env'>;

/**
 * Runs the command.
 *
 * @returns the exit code: 0 as in the fixture, 1 a difference, 2 wrong usage, 3 the proof could not be run. Errors are
 * printed in one line, not thrown.
 */
export function proof(argv: readonly string[], world: World): Promise<number> {
  return ended(async () => {
    const flags = readFlags(argv);
    try {
      if (flags.generated) {
        const { generated } = await import('./proof-generated.ts');
        return await generated(flags, world);
      }
      return flags.weaken > 0 ? await weakens(flags, world) : await proves(flags, world);
    } catch (cause) {
      if (cause instanceof UsageError) throw cause;
      world.writeError(`${cause instanceof Error ? cause.message : String(cause)}\n`);
      return EXIT.unjudged;
    }
  }, world);
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
    for (const one of found.weighed) {
      if (one.wrong.length > 0) world.write(`    not caught: ${one.name}\n`);
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

function readFlags(argv: readonly string[]) {
  const { values } = readCommandLine(argv, PROOF);
  const { edition, write, sample = 0, weaken = 0, threads = availableParallelism() } = values;
  if (!isRelease(edition)) throw wrong('--edition', `a release like ${NEWEST}`, edition);
  if (!write && !readWritten(edition)) {
    throw new UsageError(
      `Failed to prove: expected fixtures/proof/${edition}.json, got no such file. Write it with --write.`,
    );
  }
  return { ...values, sample, weaken, threads };
}

function print(world: World, text: string): number {
  world.write(`${text}\n`);
  return EXIT.good;
}
