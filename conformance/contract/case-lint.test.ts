import { describe, expect, test } from 'vitest';
import written from '../../fixtures/deployments.json' with { type: 'json' };
import { chapters } from '../chapters/index.ts';
import { chapter, must, should } from '../vocabulary/chapter.ts';
import { deaf, replies } from '../vocabulary/liars.ts';
import { FILL_IN, lint } from './case-lint.ts';

const deployments = written.deployments.map(({ name }) => name);

type Written = Parameters<typeof must>[1];
const good: Written = { says: 'a gateway answers', holds: async () => {}, catches: { 'is deaf': deaf } };
const faults = (...cases: ReturnType<typeof must>[]): string[] =>
  lint([chapter('errors', 'Errors', { section: '', cases })], ['token']);
const faultsOf = (id: string, change: Partial<Written>): string[] => faults(must(id, { ...good, ...change }));

test('every case of the contract keeps to the form', () => {
  expect(lint(chapters, deployments)).toEqual([]);
});

describe('lint', () => {
  test('a good case has no fault', () => {
    expect(faultsOf('errors.thing.row', { needs: ['probe', 'deploy:token'], until: '2026.9.6' })).toEqual([]);
  });

  test.each([
    ['errors.', {}, 'an id has the form chapter.thing or chapter.thing.row'],
    ['errors.Thing', {}, 'an id has the form'],
    ['errors.a.b.c', {}, 'an id has the form'],
    ['streaming.done', {}, 'an id of chapter errors begins with errors.'],
    ['errors.thing', { says: '' }, 'one line'],
    ['errors.thing', { says: 'one\ntwo' }, 'one line'],
    ['errors.thing', { says: 'a'.repeat(121) }, 'at most 120 characters, not 121'],
    ['errors.thing', { says: 'Every gateway answers' }, 'lower case'],
    ['errors.thing', { says: 'a gateway answers.' }, 'full stop'],
    ['errors.thing', { says: `${FILL_IN}: what it does` }, 'left to be filled in'],
    ['errors.thing', { catches: {} }, 'at least one mutant'],
    ['errors.thing', { catches: { ' ': deaf } }, 'a short name'],
    ['errors.thing', { catches: { [`${FILL_IN}: a defect`]: deaf } }, 'left to be filled in'],
    ['errors.thing', { source: 'the documentation' }, 'a source is a link'],
    ['errors.thing', { needs: ['deploy:nowhere'] }, 'one of the fixtures'],
    ['errors.thing', { since: 'soon' }, 'a date is a release'],
    ['errors.thing', { since: '2026.9.7' }, 'a date is a release'],
    ['errors.thing', { since: '2026.3.24', until: '2026.2.1' }, 'ends after it began'],
    ['errors.thing', { mustSince: '2026.3.24' }, 'becomes a MUST that was none'],
  ] as const)('the fault of %s with %j is found', (id, change, fault) => {
    expect(faultsOf(id, change)).toEqual([expect.stringContaining(fault)]);
  });

  test('a SHOULD that became a MUST before it began is a fault', () => {
    const early = should('errors.thing', { ...good, since: '2026.5.28', mustSince: '2026.3.24' });
    expect(faults(early)).toContain('errors.thing: a promise becomes a MUST after it began');
  });

  test('two cases with the same id, the same promise or the same text are a fault', () => {
    const copy = { says: 'another promise', async holds() {}, catches: { 'is deaf': replies((reply) => reply) } };
    expect(faults(must('errors.a', good), must('errors.a', { ...good, says: 'b' }))).toEqual([
      'errors.a, errors.a: two cases share the id',
    ]);
    expect(faults(must('errors.a', good), must('errors.b', good))).toEqual([
      'errors.a, errors.b: two cases share the promise',
    ]);
    expect(faults(must('errors.a', { ...copy, says: 'one promise' }), must('errors.b', { ...copy }))).toEqual([
      'errors.a, errors.b: two cases share what they do and catch',
    ]);
  });
});
