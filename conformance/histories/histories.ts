/**
 * Histories: sequences of calls, held against a model of what each session was told. What fails is made as short as can
 * be. A run with the same seed and depth makes the same histories; each has names of its own.
 */
import { createHash } from 'node:crypto';
import type { Arbitrary } from 'fast-check';
import type { Course, Depth } from '../dial/course.ts';
import type { Dial } from '../dial/dial.ts';
import { Violation, shown } from '../dial/expectation.ts';
import { Undecided } from '../undecided.ts';
import { WHICH_WORDS, known, remember } from '../vocabulary/prompts.ts';
import { SHUT, Step, type Command, type Promised, type World } from './commands.ts';
import { Told, type Client } from './sessions-model.ts';

/** The library that draws histories. It is loaded when a history is tried, because most runs try none. */
export type FastCheck = typeof import('fast-check');

/** What a requirement tries. */
export interface Plan {
  readonly judges: readonly Promised[];
  /** Histories that are tried first, at every depth. */
  readonly written: readonly (readonly Command[])[];
  /** Draws the clients of a further history. Default: there is none. */
  readonly clients?: (fc: FastCheck) => Arbitrary<readonly Client[]>;
  /** Draws its commands, of a client that is drawn by `client`. */
  readonly commands?: (fc: FastCheck, client: Arbitrary<Client>) => Arbitrary<Command>[];
}

/** How many histories are drawn for a requirement, and how many commands one has at most. */
const DRAWN: Readonly<Record<Depth, number>> = { quick: 0, standard: 2, deep: 12 };
const COMMANDS = 12;
/** What may be spent on making a history shorter: calls, and time in patiences. */
const SHORTENING = { calls: 200, patiences: 1 };

/**
 * Tries the histories of a plan.
 *
 * @throws {Violation} of the shortest history that was found.
 * @throws {Undecided} when an answer cannot be read; what breaks a call is thrown as it is.
 */
export async function tryHistories(dial: Dial, plan: Plan): Promise<void> {
  await canList(dial);
  const fc = await import('fast-check');
  let histories = 0;
  const run = async (steps: readonly Step[]): Promise<{ violation: Violation | undefined; calls: number }> => {
    const real: World = { dial, nonce: nonceOf(dial.nonce, histories++), judges: plan.judges, exchanges: [] };
    const setup = (): { model: Told; real: World } => ({ model: new Told(), real });
    const violation = await fc.asyncModelRun(setup, steps).then(
      () => undefined,
      (cause: unknown) => {
        if (cause instanceof Violation) return cause;
        throw cause;
      },
    );
    return { violation, calls: real.exchanges.length };
  };
  for (const steps of historiesOf(plan, fc, dial.course)) {
    const { violation } = await run(steps);
    if (violation) throw await shortest(steps, violation, run, dial.patience);
  }
}

/** Those that are written, and those that are drawn. */
function historiesOf({ written, clients, commands }: Plan, fc: FastCheck, { depth, seed }: Course): Step[][] {
  const histories = written.map((history) => history.map((command) => new Step(command)));
  const numRuns = DRAWN[depth];
  if (clients === undefined || commands === undefined || numRuns === 0) return histories;
  const drawn = clients(fc).chain((some) => {
    const steps = commands(fc, fc.constantFrom(...some)).map((command) => command.map((one) => new Step(one)));
    return fc.commands(steps, { maxCommands: COMMANDS, size: 'max' });
  });
  return [...histories, ...fc.sample(drawn, { seed, numRuns }).map((steps) => [...steps] as Step[])];
}

/** Leaves out halves, quarters and so on down to single commands, as long as what is left still fails. */
async function shortest(
  steps: readonly Step[],
  violation: Violation,
  run: (steps: readonly Step[]) => Promise<{ violation: Violation | undefined; calls: number }>,
  patience: number,
): Promise<Violation> {
  // A session that is shut stays so: each shorter history would wait as long.
  if (violation.got === SHUT) return violation;
  const until = performance.now() + SHORTENING.patiences * patience;
  let [best, found, left] = [steps, violation, SHORTENING.calls];
  for (let size = Math.ceil(best.length / 2); size > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = best.length - size; at >= 0 && best.length > 1; at -= size) {
      if (left < 0 || performance.now() > until) return found;
      const fewer = best.toSpliced(at, size);
      // A shorter history that cannot be judged is no reason against the longer one that fails.
      const seen = await run(fewer).catch(() => ({ violation: undefined, calls: 1 }));
      left -= seen.calls;
      if (seen.violation) [best, found] = [fewer, seen.violation];
    }
  }
  return found;
}

/** Twelve hexadecimal digits, of the case's own nonce and of which history it is. */
const nonceOf = (nonce: string, at: number): string =>
  createHash('sha256').update(`${nonce} ${at}`).digest('hex').slice(0, 12);

/** An agent that does not name all that one message tells it says nothing of what a session was told. */
async function canList(dial: Dial): Promise<void> {
  const words = ['a', 'b'].map((at) => `KW-${dial.nonce}-${at}`);
  const { text } = await dial.ask([...words.map(remember), WHICH_WORDS].join('\n\n'));
  if (known(text, words).length < words.length)
    throw new Undecided(`asked for two code words, the agent answered ${shown(text)}`);
}
