import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, expect, it } from 'vitest';
import { cases } from './chapters/index.ts';
import { execute } from './judge.ts';
import { startEmbedded } from './lab/embedded.ts';
import { completion } from './mutants.ts';

const embedded = await startEmbedded();
afterAll(() => embedded.close());

it('a caller that leaves is heard behind a liar that copied the request, however much is swept meanwhile', async () => {
  setFlagsFromString('--expose-gc');
  const sweep = runInNewContext('gc') as () => void;
  const sweeping = setInterval(sweep, 5);
  const leaves = cases.find(({ id }) => id === 'streaming.abort.non-streaming')!;
  const liar = completion((body) => body);
  const { ending } = await execute(leaves, embedded.target, liar).finally(() => clearInterval(sweeping));
  expect(ending).toEqual({ kind: 'held' });
});
