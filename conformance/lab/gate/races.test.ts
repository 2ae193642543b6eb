import { expect, test } from 'vitest';
import table from '../../../fixtures/races.json' with { type: 'json' };
import { cases } from '../../chapters/index.ts';
import type { Judged } from '../../judging/judge.ts';
import type { Ending } from '../../judging/verdict.ts';
import { raceIn, withoutRaces } from './races.ts';

const RACES = [{ id: 'the-lock', since: '2026.1.29', until: '2026.3.2', message: 'timeout acquiring the lock' }];

const judged = (id: string, ending: Ending): Judged =>
  ({ id, ending, verdict: ending.kind === 'held' ? 'pass' : 'fail', reason: '' }) as Judged;
const lost = (id: string): Judged =>
  judged(id, { kind: 'violated', expected: '200', got: '500 "timeout acquiring the lock: /some/where"' });
const held = (id: string): Judged => judged(id, { kind: 'held' });
const broken = (id: string): Judged => judged(id, { kind: 'violated', expected: '200', got: '404' });

test('a failure is due to a race if its message is the race’s, in a release that has it', () => {
  expect(raceIn(lost('a'), '2026.2.1', RACES)?.id).toBe('the-lock');
  expect(raceIn(lost('a'), '2026.3.2', RACES)).toBeUndefined();
  expect(raceIn(broken('a'), '2026.2.1', RACES)).toBeUndefined();
  expect(raceIn(held('a'), '2026.2.1', RACES)).toBeUndefined();
});

test('the requirements that a race names are in the contract', () => {
  const ids = cases.map(({ id }) => id);
  const named = table.rows.flatMap((row) => ('requirement' in row ? [row.requirement] : []));
  expect(named).not.toEqual([]);
  expect(ids).toEqual(expect.arrayContaining(named));
});

test('a race of one requirement does not explain the failure of another', () => {
  const races = [{ ...RACES[0]!, requirement: 'a' }];
  expect(raceIn(lost('a'), '2026.2.1', races)?.id).toBe('the-lock');
  expect(raceIn(lost('b'), '2026.2.1', races)).toBeUndefined();
});

test('only cases that failed by a race are judged again, and their reason says so', async () => {
  const again: string[] = [];
  const all = await withoutRaces(
    [held('a'), lost('b'), broken('c')],
    '2026.2.1',
    (id) => (again.push(id), Promise.resolve(held(id))),
    RACES,
  );
  expect(again).toEqual(['b']);
  expect(all.map(({ verdict, reason }) => `${verdict} ${reason}`)).toEqual([
    'pass ',
    'pass judged again, after the race the-lock',
    'fail ',
  ]);
});

test('a case that fails by the race twice more has failed, and one that then fails otherwise keeps that failure', async () => {
  let calls = 0;
  const [still] = await withoutRaces([lost('a')], '2026.2.1', (id) => (calls++, Promise.resolve(lost(id))), RACES);
  expect([still?.verdict, calls]).toEqual(['fail', 2]);
  const [other] = await withoutRaces([lost('a')], '2026.2.1', (id) => Promise.resolve(broken(id)), RACES);
  expect(other?.ending).toMatchObject({ got: '404' });
});
