/** Generated wrong gateways: each change that StrykerJS makes to the reference, judged by the cases that reach it. */

import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { shuffled } from '../../judging/order.ts';
import { instrument, type Generated } from './instrumented.ts';
import type { Ask, Judged, Question, Reached, Told } from './thread.ts';

/**
 * What became of a mutant. `killed`: a case noticed it. `crashed`: it ended the process. `hung`: the suite did not come to
 * an end with it. `dead`: no case reaches it. `unjudged`: no case noticed it, and one could
 * not be judged. `silent`: it was reached and not noticed.
 */
export type Fate = 'killed' | 'crashed' | 'hung' | 'unjudged' | 'silent' | 'dead';

/** A mutant and its fate. */
export interface Fated extends Generated {
  readonly fate: Fate;
  /** The first case that noticed it, and how. */
  readonly by?: string;
  readonly message?: string;
}

/** In ms, of one mutant; the slowest case of the faithful reference takes 2 s. */
const LIMIT = 120_000;

/**
 * Judges each generated mutant, or a sample.
 *
 * @param options.sample how many, drawn by `seed`. Default: all.
 * @param options.threads threads that judge, each a reference of its own.
 * @param tell is given each as soon as its fate is known.
 */
export async function fates(
  options: { readonly sample?: number | undefined; readonly seed: number; readonly threads: number },
  tell: (one: Fated, of: number) => void,
): Promise<Fated[]> {
  const copy = await instrument();
  const file = join(copy.folder, 'conformance/proof/generated/thread.ts');
  try {
    const first = new Thread(file);
    const reached = await ask<Reached>(first, undefined);
    await first.end();
    const reaching = casesBy(reached);
    const drawn = shuffled(copy.mutants, options.seed).slice(0, options.sample);
    const waiting = [...drawn];
    const results: Fated[] = [];
    const crew = Array.from({ length: options.threads }, async () => {
      let thread = new Thread(file, reached.faithful);
      for (let one = waiting.shift(); one; one = waiting.shift()) {
        const fated = { ...one, ...(await fateOf(one)) };
        results.push(fated);
        tell(fated, drawn.length);
      }
      await thread.end();

      async function fateOf({ id }: Generated): Promise<Pick<Fated, 'fate' | 'by' | 'message'>> {
        const ids = reaching.get(id);
        if (!ids) return { fate: 'dead' };
        if (reached.loading.includes(id)) {
          await thread.end();
          thread = new Thread(file, reached.faithful, id);
        }
        try {
          const { finding } = await ask<Judged>(thread, { mutant: id, ids });
          if (reached.loading.includes(id)) await renew();
          if (!finding) return { fate: 'silent' };
          const { kind, requirement: by, message } = finding;
          return { fate: kind === 'errored' ? 'unjudged' : 'killed', by, message };
        } catch (cause) {
          await renew();
          return cause instanceof Hung ? { fate: 'hung' } : { fate: 'crashed', message: String(cause) };
        }
      }
      async function renew(): Promise<void> {
        await thread.end();
        thread = new Thread(file, reached.faithful);
      }
    });
    await Promise.all(crew);
    return results.toSorted((a, b) => Number(a.id) - Number(b.id));
  } finally {
    copy.remove();
  }
}

/** The cases that reach a mutant: all of them when what runs at start or at loading has it. */
function casesBy({ by, starting, loading }: Reached): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const [id, mutants] of by) {
    for (const mutant of mutants) {
      const ids = found.get(mutant);
      if (ids) ids.push(id);
      else found.set(mutant, [id]);
    }
  }
  const all = [...by.keys()];
  for (const mutant of [...starting, ...loading]) found.set(mutant, all);
  return found;
}

class Hung extends Error {}

/** A worker of the copy. */
class Thread {
  readonly worker: Worker;

  /** @param active the mutant that is switched on before the modules are loaded. */
  constructor(file: string, faithful?: Reached['faithful'], active?: string) {
    const env = active === undefined ? process.env : { ...process.env, __STRYKER_ACTIVE_MUTANT__: active };
    // What a wrong gateway prints is not the proof's.
    this.worker = new Worker(file, { workerData: faithful, env, stdout: true, stderr: true });
    this.worker.on('error', () => undefined);
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }
}

/** @throws {Hung} after `LIMIT`, and what ended the thread. */
async function ask<T extends Told>({ worker }: Thread, question: Ask | Question): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const late = setTimeout(() => reject(new Hung()), LIMIT);
  const ended = (code: number): void => reject(new Error(`ended with ${code}`));
  worker.once('message', resolve);
  worker.once('error', reject);
  worker.once('exit', ended);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
  worker.postMessage(question);
  try {
    return await promise;
  } finally {
    clearTimeout(late);
    worker.off('message', resolve);
    worker.off('error', reject);
    worker.off('exit', ended);
  }
}
