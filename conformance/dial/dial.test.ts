import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
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
const collect = runInNewContext('gc') as () => void;
let collecting: NodeJS.Timeout;
beforeEach(() => {
  collecting = setInterval(collect, 1);
});
afterEach(() => clearInterval(collecting));

const leaves = cases.find(({ id }) => id === 'streaming.abort.non-streaming')!;

test.each<[string, Liar]>([
  ['copies the request', completion((body) => body)],
  ['writes its body anew', asks((body) => body)],
  ['writes its headers anew', (request, faithful) => faithful(withHeaders(request, () => {}))],
  ['does all of it', reroute(() => 'main')],
])('a disconnect reaches the gateway behind a liar that %s, even under garbage collection', async (_, liar) => {
  // Many at once, so that a collection falls between a request and its abort.
  const all = await Promise.all(Array.from({ length: 20 }, () => execute(leaves, embedded.target, liar)));
  expect(all.map(({ ending }) => ending)).toEqual(all.map(() => ({ kind: 'held' })));
});

test('a disconnect does not reach the gateway behind a deaf liar', async () => {
  const { ending } = await execute(leaves, embedded.target, deaf);
  expect(ending).toMatchObject({ kind: 'violated', expected: 'the run to stop when its client leaves' });
});

test('a liar that waits for a disconnect gets the abort signal, even under garbage collection', async () => {
  const waiting: Liar = (request) =>
    new Promise((_, reject) => request.signal.addEventListener('abort', () => reject(request.signal.reason as Error)));
  const opened = Array.from({ length: 20 }, () => dialTo(embedded.target, waiting));
  const leaving = new AbortController();
  setTimeout(() => leaving.abort(new Error('left')), 100);
  const sent = opened.map(({ dial }) => dial.send(dial.body('hello'), { signal: leaving.signal }));
  expect(await Promise.allSettled(sent)).toEqual(opened.map(() => ({ status: 'rejected', reason: new Error('left') })));
  for (const one of opened) one.close();
});
