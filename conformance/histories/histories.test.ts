import { describe, expect, test } from 'vitest';
import { cases } from '../chapters/index.ts';
import type { Course } from '../dial/course.ts';
import type { Mutant } from '../dial/mutant.ts';
import type { Target } from '../dial/target.ts';
import { execute } from '../judging/judge.ts';
import { startEmbedded } from '../lab/embedded.ts';
import { reportOf } from '../reports/report.ts';
import * as lie from '../vocabulary/liars.ts';
import { ALIKE_BEHIND, ALIKE_IN_FRONT, KEYS, USERS } from './alphabet.ts';

const own = cases.filter(({ id }) => id.startsWith('sessions.histories.'));
const caseOf = (name: string) => own.find(({ id }) => id === `sessions.histories.${name}`)!;

async function withTarget<T>(run: (target: Target) => Promise<T>, edition?: string): Promise<T> {
  const embedded = await startEmbedded(edition === undefined ? {} : { edition });
  try {
    return await run(embedded.target);
  } finally {
    await embedded.close();
  }
}

const ended = (target: Target, name: string, course: Partial<Course> = {}, mutant?: Mutant) =>
  execute(caseOf(name), target, mutant, undefined, course);

/** Every second call of a user reaches a session of its own. */
function forgetsAtRandom(): Mutant {
  let calls = 0;
  return lie.asks((body) => (body.user && calls++ % 2 === 1 ? { ...body, user: `${body.user}-${calls}` } : body));
}

describe.each(['2026.2.1', '2026.3.24', '2026.9.6'])('the reference as %s', { timeout: 60_000 }, (edition) => {
  test.each([1, 2, 3])('it keeps every history that seed %i draws', async (seed) => {
    const endings = await withTarget(
      (target) =>
        Promise.all(own.map(async (one) => (await execute(one, target, undefined, undefined, { seed })).ending)),
      edition,
    );
    expect(endings).toEqual(own.map(() => ({ kind: 'held' })));
  });
});

test('the history that is shown is the shortest that fails, each call as a numbered command without its secret', async () => {
  await withTarget(async (target) => {
    const { ending, ...seen } = await ended(
      target,
      'memory',
      {},
      caseOf('memory').catches['begins anew after a long text'],
    );
    expect(ending).toMatchObject({ kind: 'violated', expected: expect.stringMatching(/^call 3 to know KW-/) });
    const judged = { ...caseOf('memory'), ...seen, ending, verdict: 'fail' as const, reason: '', durationMs: 0 };
    const { findings } = reportOf([judged], target, cases, { version: '1.0.0', filtered: true });
    const { history = [], exchanges } = findings[0]!.evidence;
    expect(history.map((line) => line.slice(0, 7))).toEqual(['1. curl', '2. curl', '3. curl']);
    expect(history[0]).toContain('Authorization: Bearer $OPENCLAW_GATEWAY_TOKEN');
    expect(exchanges).toHaveLength(3);
  });
});

test('a run with the same seed makes the same histories', async () => {
  const expected = async (seed: number) =>
    withTarget(async (target) => {
      const { ending, requests } = await ended(target, 'memory', { seed }, forgetsAtRandom());
      return [ending.kind === 'violated' && ending.expected.replace(/[0-9a-f]{12}/, ''), requests];
    });
  expect(await expected(7)).toEqual(await expected(7));
});

test('an answer that cannot be read ends the case as not judged, after the first one', async () => {
  await withTarget(async (target) => {
    const silent = lie.asks((body) => ({ ...body, messages: [{ role: 'user', content: 'play:one-word' }] }));
    const { ending, requests } = await ended(target, 'isolation', {}, silent);
    expect(ending).toMatchObject({ kind: 'errored', reason: expect.stringMatching(/^could not be judged/) });
    expect(requests).toBe(1);
  });
});

test('an agent that names one of two code words alone is not accused', async () => {
  await withTarget(async (target) => {
    const last = lie.asks((body) => JSON.parse(JSON.stringify(body).replaceAll('Which code words', 'Which code word')));
    const { ending } = await ended(target, 'parallel', {}, last);
    expect(ending).toMatchObject({ kind: 'errored', reason: expect.stringMatching(/asked for two code words/) });
  });
});

test.each([...USERS, ...KEYS, ALIKE_IN_FRONT, ALIKE_BEHIND].map((family) => [family[0]!.slice(0, 20), family]))(
  'no two of the names like %j are one that a gateway may take for another',
  (_, family) => {
    const folded = family.map((name) => name.normalize('NFKC').trim().toLowerCase());
    expect(new Set(folded).size).toBe(family.length);
  },
);
