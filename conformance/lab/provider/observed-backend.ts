/**
 * The probe: a backend that records its runs. The same wrapper serves the provider over HTTP and, in process, the
 * reference.
 */

import type { Backend, Run, RunEvent } from '../../../reference/backends/backend.ts';
import type { Asked, Probe } from '../../dial/probe.ts';

/** A run as the provider receives it over HTTP. */
export interface ProviderRun extends Run {
  /** The model that the gateway asked for. Absent in process. */
  readonly model?: string;
  /** The names of all tools that the gateway offers; `tools` has those of the client. Default: the names of `tools`. */
  readonly offered?: readonly string[];
}

/** The journal keeps the newest runs: at most this many, with at most this many characters in all. */
const MOST_RUNS = 20_000;
const MOST_CHARACTERS = 128 * 1024 * 1024;

/** A run in the journal; `ended` and `endedAt` change until it ends. */
type AskedRun = { -readonly [K in keyof Asked]: Asked[K] };

interface Waiter {
  readonly tag: string;
  readonly held: AskedRun[];
  look(): void;
}

/**
 * Wraps a backend so that its runs are recorded from the call of `run` on, even when no event is read.
 *
 * @returns The backend, and the `probe` that reads the record: the newest 20 000 runs, 128 Mi characters.
 */
export function observed(backend: Backend): Backend & { readonly probe: Probe } {
  const journal: AskedRun[] = [];
  const waiters = new Set<Waiter>();
  let characters = 0;

  function begin(run: ProviderRun): AskedRun {
    const texts = [run.instructions, ...run.history.map((turn) => turn.text), run.prompt];
    const entry: AskedRun = {
      agent: run.agent,
      // Over HTTP it is '' when the gateway does not send it.
      sessionKey: run.sessionKey === '' ? undefined : run.sessionKey,
      instructions: run.instructions,
      history: run.history,
      prompt: run.prompt,
      text: texts.filter((text) => text !== '').join('\n\n'),
      at: performance.now(),
      model: run.override ?? run.model,
      tools: run.offered ?? run.tools?.map(({ name }) => name) ?? [],
      toolChoice: run.toolChoice ?? 'auto',
      parameters: { ...run.parameters },
      images: run.images ?? [],
      ended: 'running',
    };
    journal.push(entry);
    characters += entry.text.length;
    while (journal.length > MOST_RUNS || (characters > MOST_CHARACTERS && journal.length > 1)) {
      characters -= journal.shift()?.text.length ?? 0;
    }
    for (const waiter of waiters) if (entry.text.includes(waiter.tag)) waiter.held.push(entry);
    notify(entry);
    return entry;
  }

  function end(entry: AskedRun, how: Exclude<Asked['ended'], 'running'>): void {
    if (entry.ended !== 'running') return;
    entry.ended = how;
    entry.endedAt = performance.now();
    notify(entry);
  }

  function notify(entry: AskedRun): void {
    for (const waiter of waiters) if (waiter.held.includes(entry)) waiter.look();
  }

  async function* listen(
    events: ReturnType<Backend['run']>,
    entry: AskedRun,
    signal: AbortSignal,
  ): AsyncGenerator<RunEvent> {
    const leave = (): void => end(entry, 'left');
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    try {
      yield* events;
      end(entry, 'answered');
    } catch (cause) {
      end(entry, 'failed');
      throw cause;
    } finally {
      // A consumer that stops reading before the end has left too.
      leave();
      signal.removeEventListener('abort', leave);
    }
  }

  const asked = (tag: string): AskedRun[] => journal.filter((entry) => entry.text.includes(tag));

  return {
    run: (run, signal) => listen(backend.run(run, signal), begin(run), signal),
    get begin(): Backend['begin'] {
      if (backend.begin === undefined) return undefined;
      const { begin: beginFaulty } = backend;
      return async (run, signal) => {
        const entry = begin(run);
        try {
          const { fault, events } = await beginFaulty(run, signal);
          // A status answers in place of the events.
          if (fault?.status !== undefined) end(entry, 'left');
          return { fault, events: listen(events, entry, signal) };
        } catch (cause) {
          end(entry, 'failed');
          throw cause;
        }
      };
    },
    get embed(): Backend['embed'] {
      const { embed } = backend;
      if (embed === undefined) return undefined;
      return async (wanted, signal) => {
        const { agent, model, texts, dimensions } = wanted;
        const parameters = dimensions === undefined ? {} : { dimensions };
        const run = { id: '', agent, sessionKey: '', instructions: '', history: [], prompt: texts.join('\n\n') };
        const entry = begin({ ...run, model, parameters: parameters as ProviderRun['parameters'] });
        try {
          const vectors = await embed(wanted, signal);
          end(entry, 'answered');
          return vectors;
        } catch (cause) {
          end(entry, 'failed');
          throw cause;
        }
      };
    },
    probe: {
      asked,
      wait(tag, fulfils, patience) {
        return new Promise((resolve, reject) => {
          const settle = (then: () => void): void => {
            clearTimeout(timer);
            waiters.delete(waiter);
            then();
          };
          const waiter: Waiter = {
            tag,
            held: asked(tag),
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
            const expected = `expected the model to be asked about "${tag}" as the case requires`;
            settle(() =>
              reject(new Error(`Failed to observe the run: ${expected}, got these runs in ${patience} ms: ${seen}.`)),
            );
          }, patience);
          waiters.add(waiter);
          waiter.look();
        });
      },
    },
  };
}
