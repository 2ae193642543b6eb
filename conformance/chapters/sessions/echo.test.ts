import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Mutant } from '../../dial/mutant.ts';
import { execute } from '../../judging/judge.ts';
import { startEmbedded, type Embedded } from '../../lab/embedded.ts';
import * as lie from '../../vocabulary/liars.ts';
import type { Json } from '../../vocabulary/liars.ts';
import { cases } from '../index.ts';

/** An agent that answers what it is asked with the question. */
const repeats: Mutant = async (request, faithful) => {
  const body: Json = await lie.bodyOf(request);
  const asked: unknown = body?.messages?.at?.(-1)?.content;
  if (typeof asked !== 'string') return faithful(request);
  const echoed = { ...body, messages: [{ role: 'user', content: `play:echo <<<You said: ${asked}>>>` }] };
  return faithful(lie.withBody(request, JSON.stringify(echoed)));
};

let embedded: Embedded;
beforeAll(async () => {
  embedded = await startEmbedded();
});
afterAll(() => embedded.close());

/** Every case that asks for a code word and for nothing else. */
const asking = cases.filter(
  ({ id }) =>
    id === 'requests.history' || /^sessions\.(?:stateless|user|key|stream-and-not|empty|histories|user-odd)/.test(id),
);

test.each(asking.map((one) => [one.id, one] as const))(
  '%s cannot be judged of an agent that repeats the question',
  async (id, one) => {
    const { ending } = await execute(one, embedded.target, repeats);
    // What is only observed about two agents asks for another thing.
    if (id === 'sessions.key-vs-agent') return;
    expect(ending).toMatchObject({ kind: 'errored', reason: expect.stringContaining('could not be judged') });
  },
);
