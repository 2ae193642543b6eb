/** Odd credentials, users, keys, headers and queries: answered without a long block or a leak, with and without a journal. */

import { ask } from './call.ts';
import { oddCall, sent } from './odd-calls.ts';
import { broken, crowd, megabytes, type Outcome, type Part } from './part.ts';
import { random } from './random.ts';
import { startServer, TOKEN } from './server.ts';

const AT_ONCE = 10;
/** Calls before the measurement. With a journal as many as fill it, because it is limited by entries. */
const FIRST = { journal: 1_100, none: 200 };

/** The part: 500 calls, in full 10 000, with and without a journal. */
export const redaction: Part = {
  name: 'redaction',
  async run(full, seed) {
    const count = full ? 10_000 : 500;
    const rows = [await flood(true, count, seed), await flood(false, count, seed)];
    return { figure: rows.map(({ figure }) => figure).join('; '), broken: rows.flatMap((row) => row.broken) };
  },
};

async function flood(journal: boolean, count: number, seed: number): Promise<Outcome> {
  const server = await startServer(journal ? ['--lint'] : []);
  const chance = random(seed);
  const statuses = new Map<number, number>();
  const call = async (): Promise<void> => {
    const status = await sent(server.url, oddCall(chance, TOKEN));
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  };
  await crowd(journal ? FIRST.journal : FIRST.none, AT_ONCE, call);
  const before = await server.living();
  await server.work();
  await crowd(count, AT_ONCE, call);
  const { block } = await server.work();
  const after = await server.living();
  const dead = server.dead;
  if (!dead) await ask(server, { text: 'hi' });
  await server.kill('SIGTERM');
  const wrong = [...statuses].filter(([status]) => status === 0 || status >= 500);
  const name = journal ? 'with a journal' : 'without one';
  return {
    figure:
      `${count} ${name}: ${[...statuses].map(([status, times]) => `${times} × ${status}`).join(', ')}, longest block ` +
      `${block.toFixed(0)} ms, ${megabytes(after.heap - before.heap)} more heap`,
    broken: broken({
      [`every odd call is answered without a 5xx, ${name}`]: wrong.length === 0 && !dead,
      [`the event loop is blocked for less than 100 ms, ${name}`]: block < 100,
      [`the heap grows by less than 16 MB, ${name}`]: after.heap - before.heap < 16e6,
    }),
  };
}
