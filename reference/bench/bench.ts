/**
 * The bench: all servers get the same requests, in turns, so that other load on the machine affects all alike. The order
 * changes from round to round.
 */

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { PLAIN } from './answer.ts';
import type { Contestant } from './contestants.ts';
import { Crowd, type Question } from './crowd.ts';
import type { Load, Loaded } from './load.ts';
import { peakOf, rssOf, start, type Started } from './server.ts';

/** A measured quantity, with one sample per round by the contestant's name. */
export interface Measure {
  readonly id: MeasureId;
  readonly unit: 'µs' | 'ms' | 'MB';
  readonly samples: Record<string, number[]>;
}

/** The quantities and their units. `cpu.*` is the server's CPU time per request, `cpu.deltas-N` per delta. */
export const MEASURES = {
  'cpu.json': 'µs',
  'cpu.stream-64': 'µs',
  'cpu.stream-500': 'µs',
  'cpu.deltas-2500': 'µs',
  'cpu.deltas-5000': 'µs',
  'cpu.deltas-10000': 'µs',
  'first-byte': 'ms',
  start: 'ms',
  'rss.idle': 'MB',
  'rss.open-1000': 'MB',
  'rss.peak-500': 'MB',
} as const;
/** The id of a measured quantity. */
export type MeasureId = keyof typeof MEASURES;

/** The options of a bench. */
export interface Plan {
  /** The number of samples of each quantity; of memory at most 3. */
  readonly rounds: number;
  /** Takes one line at the start of each phase. */
  readonly say: (line: string) => void;
}

/** That of `fixtures/gateways/token.json5`; the other servers need none. */
const CREDENTIAL = 'kit-Token-5f8e21c7d09b4a36';
/** The number of samples to discard first: the reference is compiled by the fifteenth, bare Koa by the tenth. */
const WARM_UP = 16;
const LENGTHS = [2500, 5000, 10_000];

/** The loads. The requests of one sample cost the floor about 0.1 s of CPU time. */
const LOADS = [
  { id: 'cpu.json', connections: 64, requests: 2000, deltas: 0 },
  { id: 'cpu.stream-64', connections: 64, requests: 512, deltas: 50 },
  { id: 'cpu.stream-500', connections: 500, requests: 1000, deltas: 50 },
  { id: 'first-byte', connections: 1, requests: 50, deltas: 50 },
] as const;

/**
 * Measures all contestants.
 *
 * @throws {Error} when a server does not start, or an answer is wrong.
 */
export async function bench(contestants: readonly Contestant[], { rounds, say }: Plan): Promise<readonly Measure[]> {
  const book = new Samples();
  say('Start-up and memory …');
  // The first start of each is not a sample: the disk cache is cold, and Node's compile cache is empty.
  await inTurns(contestants, 1, async (contestant) => (await start(contestant.asUsed ?? contestant.argv)).stop());
  await inTurns(contestants, rounds, (contestant) => startUp(contestant, book));
  await inTurns(contestants, Math.min(rounds, 3), (contestant) => memory(contestant, book));
  await inTurns(contestants, Math.min(rounds, 3), (contestant) => peak(contestant, book));
  await using running = await Running.of(contestants);
  say('Warming up …');
  // Measure servers whose code is compiled: before that, more code costs more.
  for (const load of LOADS) await inTurns(contestants, WARM_UP, (contestant) => running.load(contestant, load));
  for (const load of LOADS) {
    say(`${load.id} …`);
    await inTurns(contestants, rounds, async (contestant) => {
      const { cpu, firstByte } = await running.load(contestant, load);
      book.add(load.id, contestant, load.id === 'first-byte' ? firstByte : cpu);
    });
  }
  say('Long replies …');
  // Lengths take turns too, because they are compared with each other.
  const long = contestants.filter((one) => one.anyLength);
  const turns = LENGTHS.flatMap((deltas) => long.map((contestant) => ({ contestant, deltas })));
  await inTurns(turns, rounds, async ({ contestant, deltas }) => {
    const load = { connections: 1, requests: 100_000 / deltas, deltas };
    const { cpu } = await running.load(contestant, load);
    book.add(`cpu.deltas-${deltas}` as MeasureId, contestant, cpu / deltas);
  });
  return book.measures;
}

async function inTurns<T>(all: readonly T[], rounds: number, turn: (one: T) => Promise<unknown>): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const first = round % all.length;
    for (const one of [...all.slice(first), ...all.slice(0, first)]) await turn(one);
  }
}

/** The samples so far. */
class Samples {
  readonly #samples = new Map<MeasureId, Record<string, number[]>>();

  add(id: MeasureId, { name }: Contestant, sample: number): void {
    const samples = this.#samples.get(id) ?? {};
    this.#samples.set(id, samples);
    (samples[name] ??= []).push(sample);
  }

  get measures(): readonly Measure[] {
    return [...this.#samples].map(([id, samples]) => ({ id, unit: MEASURES[id], samples }));
  }
}

async function startUp(contestant: Contestant, book: Samples): Promise<void> {
  const server = await start(contestant.asUsed ?? contestant.argv);
  await server.stop();
  book.add('start', contestant, server.ms);
}

async function memory(contestant: Contestant, book: Samples): Promise<void> {
  const server = await start(contestant.argv);
  try {
    book.add('rss.idle', contestant, rssOf(server.pid));
    if (!contestant.hangs) return;
    const crowd = new Crowd(1000, question(server.port, 'play:open', true, 0));
    await crowd.open();
    await crowd.listen();
    book.add('rss.open-1000', contestant, rssOf(server.pid));
    crowd.close();
  } finally {
    await server.stop();
  }
}

/** The number of streams for the peak of memory, `PEAK_AT_ONCE` of them at once. */
const PEAK_STREAMS = 5_000;
const PEAK_AT_ONCE = 500;

/** The peak of memory under concurrent streams. */
async function peak(contestant: Contestant, book: Samples): Promise<void> {
  // No limit refers to the other mock servers, and some of them fail under this load.
  if (contestant.rival) return;
  const server = await start(contestant.argv);
  const crowd = new Crowd(PEAK_AT_ONCE, question(server.port, 'play:deltas-50', true, 53));
  try {
    await crowd.open();
    await crowd.ask(PEAK_STREAMS);
    book.add('rss.peak-500', contestant, peakOf(server.pid));
  } finally {
    crowd.close();
    await server.stop();
  }
}

/** All servers, and the process that sends them requests. */
class Running implements AsyncDisposable {
  readonly #servers: ReadonlyMap<string, Started>;
  readonly #client: ChildProcess;

  private constructor(servers: ReadonlyMap<string, Started>) {
    this.#servers = servers;
    this.#client = fork(fileURLToPath(new URL('load.ts', import.meta.url)));
  }

  static async of(contestants: readonly Contestant[]): Promise<Running> {
    const started = contestants.map(async ({ name, argv }) => [name, await start(argv)] as const);
    return new Running(new Map(await Promise.all(started)));
  }

  async load(
    { name }: Contestant,
    { connections, requests, deltas }: { connections: number; requests: number; deltas: number },
  ): Promise<Loaded> {
    const { pid, port } = this.#servers.get(name)!;
    const prompt = deltas === 0 ? 'play:plain' : `play:deltas-${deltas}`;
    // The role, the deltas, the finish reason, the sentinel.
    const frames = deltas === 0 ? 0 : deltas + 3;
    const load: Load = { ...question(port, prompt, deltas > 0, frames), pid, connections, requests };
    this.#client.send(load);
    const [loaded] = (await once(this.#client, 'message')) as [Loaded];
    if (loaded.failure !== undefined) throw new Error(`${name}: ${loaded.failure}`);
    return loaded;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.kill();
    await Promise.all([...this.#servers.values()].map((server) => server.stop()));
  }
}

function question(port: number, prompt: string, stream: boolean, frames: number): Question {
  const body = JSON.stringify({ model: 'openclaw', stream, messages: [{ role: 'user', content: prompt }] });
  return { port, body, credential: CREDENTIAL, frames, holds: stream ? '"content":"token "' : PLAIN };
}
