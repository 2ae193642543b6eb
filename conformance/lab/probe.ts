/**
 * A backend that remembers what it was asked: the probe. The same wrapper stands behind the provider over HTTP and,
 * in process, behind the reference.
 */

import type { Backend, Run, RunEvent } from '../../reference/backends/backend.ts';
import type { Asked, Probe } from '../probe.ts';

/** A run that came over HTTP also names the model that the gateway asked for. */
export interface AskedRun extends Run {
  readonly model?: string;
}

/** How much the journal keeps: the newest runs, and no more than so many characters of them together. */
const MOST_RUNS = 20_000;
const MOST_CHARACTERS = 128 * 1024 * 1024;

type Entry = { -readonly [K in keyof Asked]: Asked[K] };

interface Waiter {
  readonly mark: string;
  readonly held: Entry[];
  look(): void;
}

/** Plays `backend` and journals its runs from the call of `run` on, also those that nobody listens to. */
export function observed(backend: Backend): Backend & { readonly probe: Probe } {
  const journal: Entry[] = [];
  const waiters = new Set<Waiter>();
  let characters = 0;

  function begin(run: AskedRun): Entry {
    const said = [run.instructions, ...run.history.map((turn) => turn.text), run.prompt];
    const entry: Entry = {
      agent: run.agent,
      // Over HTTP the provider does not know it and says ''.
      sessionKey: run.sessionKey === '' ? undefined : run.sessionKey,
      instructions: run.instructions,
      history: run.history,
      prompt: run.prompt,
      text: said.filter((text) => text !== '').join('\n\n'),
      at: performance.now(),
      model: run.model,
      ended: 'running',
    };
    journal.push(entry);
    characters += entry.text.length;
    while (journal.length > MOST_RUNS || (characters > MOST_CHARACTERS && journal.length > 1)) {
      characters -= journal.shift()?.text.length ?? 0;
    }
    for (const waiter of waiters) if (entry.text.includes(waiter.mark)) waiter.held.push(entry);
    tell(entry);
    return entry;
  }

  function end(entry: Entry, how: Exclude<Asked['ended'], 'running'>): void {
    if (entry.ended !== 'running') return;
    entry.ended = how;
    entry.endedAt = performance.now();
    tell(entry);
  }

  function tell(entry: Entry): void {
    for (const waiter of waiters) if (waiter.held.includes(entry)) waiter.look();
  }

  async function* listen(
    events: ReturnType<Backend['run']>,
    entry: Entry,
    signal: AbortSignal,
  ): AsyncGenerator<RunEvent> {
    const leave = (): void => end(entry, 'left');
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    try {
      yield* events;
      end(entry, 'answered');
    } catch (failure) {
      end(entry, 'failed');
      throw failure;
    } finally {
      // Who stops listening before the end has left too.
      leave();
      signal.removeEventListener('abort', leave);
    }
  }

  const asked = (mark: string): Entry[] => journal.filter((entry) => entry.text.includes(mark));

  return {
    run: (run, signal) => listen(backend.run(run, signal), begin(run), signal),
    faulty: () => backend.faulty?.() === true,
    probe: {
      asked,
      wait(mark, fulfils, patience) {
        return new Promise((resolve, reject) => {
          const settle = (then: () => void): void => {
            clearTimeout(timer);
            waiters.delete(waiter);
            then();
          };
          const waiter: Waiter = {
            mark,
            held: asked(mark),
            look() {
              try {
                if (fulfils(waiter.held)) settle(() => resolve([...waiter.held]));
              } catch (cause) {
                settle(() => reject(cause instanceof Error ? cause : new Error(String(cause))));
              }
            },
          };
          const timer = setTimeout(() => {
            const seen = waiter.held.map((entry) => entry.ended).join(', ') || 'none';
            const expected = `expected the model to be asked about "${mark}" as the case waits for`;
            settle(() =>
              reject(new Error(`Failed to see it: ${expected}, got these runs in ${patience} ms: ${seen}.`)),
            );
          }, patience);
          waiters.add(waiter);
          waiter.look();
        });
      },
    },
  };
}
