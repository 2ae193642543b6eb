import { describe, expect, test } from 'vitest';
import { cases } from '../chapters/index.ts';
import type { Ending } from '../judging/verdict.ts';
import { exampleReport } from '../testing/example.ts';
import { conclusionOf } from './conclusion.ts';

const violated: Ending = { kind: 'violated', expected: 'a', got: 'b' };
const errored: Ending = { kind: 'errored', reason: 'network' };
const waivers = [{ id: 'streaming.done', reason: 'known', dated: '2026-11-22' }] as never;

describe('the conclusion', () => {
  test.each([
    ['all is good', {}, 'good', 'Conformant with 2026.9.6'],
    [
      'a MUST is broken',
      { endings: { 'streaming.done': violated, 'streaming.sdk': errored } },
      'bad',
      'Not conformant with 2026.9.6: streaming.done',
    ],
    ['a waiver is stale', { waivers }, 'bad', 'Not conformant with 2026.9.6: streaming.done'],
    [
      'something could not be judged',
      { endings: { 'streaming.done': errored } },
      'unsure',
      'Not judged: 1 case could not be judged',
    ],
    [
      'a SHOULD is not followed',
      { endings: { 'streaming.long': violated } },
      'good',
      'Conformant with 2026.9.6; 1 recommendation not followed',
    ],
    [
      'a failure is waived',
      { endings: { 'streaming.done': violated }, waivers },
      'plain',
      'No new deviation from 2026.9.6; 1 known failure waived',
    ],
    [
      'the target did not declare all',
      {
        endings: {
          'streaming.done': { kind: 'not-applicable', reason: 'not-declared', detail: 'no probe' } satisfies Ending,
        },
      },
      'good',
      'Conformant with 2026.9.6 as far as judged: 1 case not declared',
    ],
    [
      'the run was filtered',
      {
        endings: {
          'streaming.done': { kind: 'not-applicable', reason: 'filtered', detail: 'not asked for' } satisfies Ending,
        },
      },
      'plain',
      'Passed the selected cases (a filtered run proves no conformance)',
    ],
  ])('when %s', (_when, made, mood, text) => {
    expect(conclusionOf(exampleReport(made))).toEqual({ mood, text });
  });

  test('the conclusion agrees with the exit code of --strict', () => {
    const loose = exampleReport({ endings: { 'streaming.long': violated } });
    expect(conclusionOf(loose, true)).toEqual({
      mood: 'bad',
      text: 'Not conformant with 2026.9.6 and its recommendations: streaming.long',
    });
    expect(conclusionOf(exampleReport(), true)).toEqual(conclusionOf(exampleReport()));
  });

  test('a run that judged nothing is not conformant', () => {
    const skip: Ending = { kind: 'not-applicable', reason: 'filtered', detail: 'not asked for' };
    const report = exampleReport({ endings: Object.fromEntries(cases.map(({ id }) => [id, skip])) });
    expect(conclusionOf(report)).toMatchObject({ mood: 'unsure', text: expect.stringMatching(/^Not judged: /) });
  });

  test('the conclusion names what is worst first: a broken MUST, then the cause with most findings', () => {
    const endings: Record<string, Ending> = {
      'endpoint.enabled': violated,
      'errors.classes.bad-request': { kind: 'violated', expected: 'c', got: 'd' },
    };
    const opened = cases.filter(({ id }) => id.startsWith('authentication.near-miss.')).map(({ id }) => id);
    for (const id of opened.slice(1, 6)) endings[id] = { kind: 'violated', expected: '401', got: '200 text/plain' };
    const names = opened.slice(1, 6).map((id) => id.split('.')[2]!);
    expect(names).toHaveLength(5);
    expect(conclusionOf(exampleReport({ endings }), true).text).toBe(
      'Not conformant with 2026.9.6 and its recommendations: ' +
        `authentication.near-miss.{${names.join(',')}}, endpoint.enabled, errors.classes.bad-request`,
    );
  });

  test('the conclusion names at most ten families of violated requirements, and counts the others', () => {
    const musts = cases.filter(({ level }) => level === 'MUST').slice(0, 150);
    const endings = Object.fromEntries(musts.map(({ id }): [string, Ending] => [id, { ...violated, got: id }]));
    expect(conclusionOf(exampleReport({ endings })).text.split(', ')).toHaveLength(10);
    expect(conclusionOf(exampleReport({ endings })).text).toMatch(/ and \d{2,} more$/);
  });
});
