import { afterAll, describe, expect, test } from 'vitest';
import { cases as contract } from '../chapters/index.ts';
import { Violation } from '../dial/expectation.ts';
import type { Mutant } from '../dial/mutant.ts';
import type { Target } from '../dial/target.ts';
import { startEmbedded } from '../lab/embedded.ts';
import { Undecided } from '../undecided.ts';
import { chapter, may, must, should, type Case } from '../vocabulary/chapter.ts';
import * as lie from '../vocabulary/liars.ts';
import { judge, matches, type Options, type Judged } from './judge.ts';
import { shuffled } from './order.ts';

const embedded = await startEmbedded();
afterAll(() => embedded.close());

const catches = {};
const fine = { says: 'something', holds: async () => {}, catches };

async function verdicts(
  drafts: readonly ReturnType<typeof must>[],
  options: Options = {},
  target: Partial<Target> = {},
): Promise<Judged[]> {
  const { cases } = chapter('some', 'Some', { section: '', cases: drafts });
  return Array.fromAsync(judge(cases as Case[], { ...embedded.target, ...target }, options));
}

const throwing = (cause: unknown): typeof fine => ({ ...fine, holds: () => Promise.reject(cause) });

describe('judge', () => {
  test('only a Violation is a violation, and any other error names its source', async () => {
    const network = new TypeError('fetch failed', {
      cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
    });
    const judged = await verdicts([
      must('some.violation', throwing(new Violation('1', '2'))),
      must('some.undecided', throwing(new Undecided('the agent answered "maybe"'))),
      must('some.network', throwing(network)),
      must('some.bug', throwing(new RangeError('off by one'))),
    ]);
    expect(Object.fromEntries(judged.map(({ id, verdict, reason }) => [id, `${verdict}: ${reason}`]))).toEqual({
      'some.violation': 'fail: expected 1, got 2',
      'some.undecided': 'error: could not be judged: the agent answered "maybe"',
      'some.network': 'error: network: ECONNREFUSED',
      'some.bug': 'error: fault in the case: off by one',
    });
  });

  test('judges a case in its situations, as many as its depth says, and names the one that does not hold', async () => {
    const seen: string[] = [];
    const draft = must('some.guard', {
      ...fine,
      situations: { mode: ['whole', 'streamed'], naming: ['bare', 'user'] },
      async holds(dial) {
        const { situation, nonce } = dial;
        const sent = dial.placed({ body: dial.body('hi'), headers: {} }).body;
        seen.push(`${String(sent.stream)} ${sent.user === `ann-${nonce}`}`);
        const { mode, naming } = situation;
        if (mode === 'streamed' && naming === 'user') throw new Violation('a refusal', 'an answer');
      },
    });
    const [standard] = await verdicts([draft], { depth: 'standard' });
    expect(standard?.reason).toBe('streamed, with a user: expected a refusal, got an answer');
    expect(seen).toContain('true true');
    seen.length = 0;
    const [quick] = await verdicts([draft], { depth: 'quick' });
    expect([quick?.verdict, seen]).toEqual(['pass', ['undefined false']]);
  });

  test('a timeout is named in words, not by the number of its DOMException', async () => {
    const timeout = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
    const [late] = await verdicts([must('some.late', throwing(timeout))]);
    expect(late?.reason).toBe('network: the call was aborted before its response');
  });

  test('at the deadline unfinished cases end as unreached, and earlier verdicts are kept', async () => {
    const drafts = [must('some.done', fine), must('some.hung', { ...fine, holds: () => new Promise(() => {}) })];
    const judged = await verdicts([...drafts, must('some.never', { ...fine, alone: true })], { deadline: 0.05 });
    expect(judged.map(({ id, verdict, unreached = false }) => [id, verdict, unreached])).toEqual([
      ['some.done', 'pass', false],
      ['some.hung', 'error', true],
      ['some.never', 'error', true],
    ]);
    expect(judged[2]).toMatchObject({
      reason: 'not judged: the run was over its deadline, 0.05 s (--deadline)',
      requests: 0,
    });
  });

  test('a skip has its reason: filtered, not in force, not declared', async () => {
    const judged = await verdicts(
      [
        must('some.other', fine),
        must('some.later', { ...fine, since: '2027.1.1' }),
        must('some.gone', { ...fine, until: '2026.2.1' }),
        must('some.needy', { ...fine, needs: ['deploy:nowhere', 'second-agent', 'models'] }),
        must('some.good', fine),
      ],
      { only: ['some.later', 'some.gone', 'some.needy', 'some.good'] },
      { agents: ['main'], capabilities: ['tools'] },
    );
    expect(Object.fromEntries(judged.map(({ id, verdict, reason }) => [id, `${verdict} ${reason}`]))).toEqual({
      'some.other': 'skip filtered: not selected',
      'some.later': 'skip not-in-force: from 2027.1.1 on',
      'some.gone': 'skip not-in-force: from 2026.1.29 until 2026.2.1',
      'some.needy': 'skip not-declared: the target declares no deploy:nowhere, no second-agent, no models',
      'some.good': 'pass ',
    });
  });

  test('a requirement is judged at the level of the edition', async () => {
    const draft = should('some.hardened', { ...throwing(new Violation('a', 'b')), mustSince: '2026.8.1' });
    expect((await verdicts([draft], {}, { edition: '2026.7.1' }))[0]?.verdict).toBe('warn');
    expect((await verdicts([draft], {}, { edition: '2026.8.1' }))[0]?.verdict).toBe('fail');
  });

  test('a note reports its observation', async () => {
    const [note] = await verdicts([may('some.note', { ...fine, holds: async () => 'they share' })]);
    expect(note).toMatchObject({ verdict: 'note', reason: 'they share' });
  });

  test('at most `concurrency` cases run at once, and those of one lane in sequence', async () => {
    let running = 0;
    let most = 0;
    let inLane = 0;
    let mostInLane = 0;
    const holds = (lane: boolean) => async (): Promise<void> => {
      most = Math.max(most, ++running);
      if (lane) mostInLane = Math.max(mostInLane, ++inLane);
      // Several turns of the event loop, so that cases can overlap.
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
      running--;
      if (lane) inLane--;
    };
    const free = Array.from({ length: 12 }, (_, at) => must(`some.free${at}`, { ...fine, holds: holds(false) }));
    const laned = Array.from({ length: 4 }, (_, at) =>
      must(`some.lane${at}`, { ...fine, holds: holds(true), lane: 'one' }),
    );
    expect(await verdicts([...free, ...laned], { concurrency: 4 })).toHaveLength(16);
    expect([most, mostInLane]).toEqual([4, 1]);
  });

  test('a case marked alone runs after all others, alone', async () => {
    const begun: string[] = [];
    let running = 0;
    let beside = 0;
    const holds = (name: string) => async (): Promise<void> => {
      begun.push(name);
      running++;
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
      if (name.startsWith('alone')) beside = Math.max(beside, running - 1);
      running--;
    };
    const drafts = ['alone-1', 'a', 'b', 'alone-2', 'c'].map((name) =>
      must(`some.${name}`, { ...fine, holds: holds(name), alone: name.startsWith('alone') }),
    );
    expect(await verdicts(drafts, { concurrency: 4 })).toHaveLength(5);
    expect(begun.slice(0, 3).toSorted()).toEqual(['a', 'b', 'c']);
    expect(beside).toBe(0);
  });

  test('a case that hangs ends as an error', async () => {
    const [hung] = await verdicts(
      [must('some.hung', { ...fine, holds: () => new Promise(() => {}) })],
      {},
      { patience: 5 },
    );
    expect(hung).toMatchObject({ verdict: 'error', reason: 'the case did not end within 40 ms' });
  });
});

describe('watched', () => {
  const chosen = (...ids: string[]): Case[] => contract.filter(({ id }) => ids.includes(id));
  const judged = (mutant: Mutant, ...ids: string[]): Promise<Judged[]> =>
    Array.fromAsync(judge(chosen(...ids), embedded.target, { mutant }));
  const unended = lie.aboutRequest(
    /"include_usage":true/,
    lie.frames((data) => (data === '[DONE]' ? [] : [data])),
  );

  test('a watched requirement is violated by an exchange of another case, shows it, and comes last', async () => {
    const all = await judged(unended, 'streaming.done', 'streaming.usage-asked', 'completions.text');
    expect(all.map(({ id, verdict }) => [id, verdict]).at(0)).toEqual(['completions.text', 'pass']);
    const done = all.find(({ id }) => id === 'streaming.done');
    expect(done).toMatchObject({
      verdict: 'fail',
      reason: expect.stringContaining('expected the stream to end with [DONE]'),
    });
    expect(done?.reason).toMatch(/\(in an exchange of streaming\.usage-asked\)$/);
    expect(done?.transcript.map(({ request }) => request.body)).toEqual([expect.stringContaining('include_usage')]);
  });

  test('a watched requirement is not judged where it was not asked for', async () => {
    const all = await judged(unended, 'streaming.usage-asked');
    expect(all.map(({ id, verdict }) => [id, verdict])).toEqual([['streaming.usage-asked', 'pass']]);
    const core = await Array.fromAsync(
      judge(chosen('streaming.done', 'streaming.usage-asked'), embedded.target, {
        mutant: unended,
        only: ['streaming.usage-asked'],
      }),
    );
    expect(core.map(({ id, verdict }) => [id, verdict])).toEqual([
      ['streaming.done', 'skip'],
      ['streaming.usage-asked', 'pass'],
    ]);
  });

  test('answers that were left break no watched requirement', async () => {
    const all = await judged(
      lie.replies((response) => response),
      'streaming.done',
      'streaming.abort.speaking',
      'streaming.abort.silent',
    );
    expect(all.find(({ id }) => id === 'streaming.done')?.verdict).toBe('pass');
  });

  test('a watched requirement keeps the violation of its own case', async () => {
    const [done] = await judged(
      lie.frames((data) => (data === '[DONE]' ? [] : [data])),
      'streaming.done',
    );
    expect(done?.reason).not.toContain('in an exchange of');
  });
});

describe('shuffled', () => {
  test('a seed always gives the same order, another seed another, and no item is lost', () => {
    const items = Array.from({ length: 50 }, (_, at) => at);
    expect(shuffled(items, 7)).toEqual(shuffled(items, 7));
    expect(shuffled(items, 7)).not.toEqual(shuffled(items, 8));
    expect(shuffled(items, 7).toSorted((a, b) => a - b)).toEqual(items);
  });
});

describe('matches', () => {
  const one = { id: 'streaming.one-id.row', chapter: 'streaming' };
  test.each(['streaming', 'streaming.one-id', 'streaming.one-id.row', '*.row', 'stream*', '*'])(
    '%s matches the id',
    (pattern) => {
      expect(matches(one, pattern)).toBe(true);
    },
  );
  test.each(['stream', 'streaming.one', 'streaming.one-id.ro', '*.rows', 'streaming?one-id.row'])(
    '%s does not match the id',
    (pattern) => {
      expect(matches(one, pattern)).toBe(false);
    },
  );
});
