import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { reroute } from '../chapters/agents/naming.ts';
import { cases } from '../chapters/index.ts';
import { execute } from '../judging/judge.ts';
import { startEmbedded } from '../lab/embedded.ts';
import { asks, completion, deaf, withHeaders } from '../vocabulary/liars.ts';
import { dialTo } from './dial.ts';
import type { Liar } from './mutant.ts';

const embedded = await startEmbedded();
afterAll(() => embedded.close());

setFlagsFromString('--expose-gc');
const sweep = runInNewContext('gc') as () => void;
let sweeping: NodeJS.Timeout;
beforeEach(() => {
  sweeping = setInterval(sweep, 1);
});
afterEach(() => clearInterval(sweeping));

const leaves = cases.find(({ id }) => id === 'streaming.abort.non-streaming')!;

it.each<[string, Liar]>([
  ['copies the request', completion((body) => body)],
  ['writes its body anew', asks((body) => body)],
  ['writes its headers anew', (request, faithful) => faithful(withHeaders(request, () => {}))],
  ['does all of it', reroute(() => 'main')],
])('a caller that leaves is heard behind a liar that %s, however much is swept meanwhile', async (_, liar) => {
  // Many at once: then something is swept between a request and its caller's leaving.
  const all = await Promise.all(Array.from({ length: 20 }, () => execute(leaves, embedded.target, liar)));
  expect(all.map(({ ending }) => ending)).toEqual(all.map(() => ({ kind: 'held' })));
});

it('a caller that leaves is not heard behind a liar that is deaf', async () => {
  const { ending } = await execute(leaves, embedded.target, deaf);
  expect(ending).toMatchObject({ kind: 'violated', expected: 'the run to stop when its caller leaves' });
});

it('a liar that waits for its caller to leave is told of it, however much is swept meanwhile', async () => {
  const waiting: Liar = (request) =>
    new Promise((_, reject) => request.signal.addEventListener('abort', () => reject(request.signal.reason as Error)));
  const lines = Array.from({ length: 20 }, () => dialTo(embedded.target, waiting));
  const leaving = new AbortController();
  setTimeout(() => leaving.abort(new Error('left')), 100);
  const told = lines.map(({ dial }) => dial.send(dial.body('hello'), { signal: leaving.signal }));
  expect(await Promise.allSettled(told)).toEqual(lines.map(() => ({ status: 'rejected', reason: new Error('left') })));
  for (const line of lines) line.close();
});
