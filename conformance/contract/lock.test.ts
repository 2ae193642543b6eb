import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import lock from '../../fixtures/contract.lock.json' with { type: 'json' };
import { cases } from '../chapters/index.ts';
import { chapter, must, should, type Case } from '../vocabulary/chapter.ts';
import { deaf } from '../vocabulary/liars.ts';
import { frozen, unannounced, type Frozen } from './lock.ts';

const rows = lock.rows as readonly Frozen[];

describe('fixtures/contract.lock.json', () => {
  test('the lock holds the current contract; if not, run npm run contract -- --freeze', () => {
    expect(frozen(rows, cases)).toEqual(rows);
  });

  test('every change in the lock is in the changelog', async () => {
    const changelog = await readFile(new URL('../../CHANGELOG.md', import.meta.url), 'utf8');
    expect(unannounced(rows, rows, changelog)).toEqual([]);
  });
});

const written = { says: 'a gateway answers', holds: async () => {}, catches: { 'is deaf': deaf } };
const casesOf = (...drafts: ReturnType<typeof must>[]): readonly Case[] =>
  chapter('errors', 'Errors', { section: '', cases: drafts }).cases;

const one = casesOf(must('errors.one', written));
const [before] = frozen([], one);

describe('a frozen requirement', () => {
  test('a frozen requirement is unchanged while nothing about it changes', () => {
    expect(frozen(frozen([], one), one)).toEqual([before]);
    expect(before).toEqual({ id: 'errors.one', level: 'MUST', since: '2026.1.29', says: 'ee8b7b2c1af1f896' });
  });

  test.each([
    ['level', should('errors.one', written)],
    ['promise', must('errors.one', { ...written, says: 'a gateway talks' })],
    ['since', must('errors.one', { ...written, since: '2026.2.1' })],
    ['until', must('errors.one', { ...written, until: '2026.9.6' })],
    ['mustSince', must('errors.one', { ...written, mustSince: '2026.2.1' })],
  ])('a change of its %s needs a line in the changelog that names it', (_what, draft) => {
    const after = frozen([before!], casesOf(draft));
    expect(after).toEqual([expect.objectContaining({ id: 'errors.one', changes: 1 })]);
    expect(unannounced([before!], after, '- all is new in errors.one and `errors`')).toEqual([
      'Failed to freeze errors.one: expected 1 lines in CHANGELOG.md that name it, one for each change, got 0. Correct that first.',
    ]);
    expect(unannounced([before!], after, '- `errors.one` is stricter')).toEqual([]);
    expect(unannounced([before!], after, '- `errors.*` are stricter')).toEqual([]);
  });

  test('each change needs its own line', () => {
    const changed = [{ ...before!, changes: 2 }];
    expect(unannounced(changed, changed, '- `errors.one` is stricter')).toHaveLength(1);
    expect(unannounced(changed, changed, '- `errors.one` is stricter\n- `errors.one` is milder')).toEqual([]);
  });

  test('a removal needs a line, and a removed id is never reused', () => {
    const gone = frozen([before!], []);
    expect(gone).toEqual([{ ...before, changes: 1, retired: true }]);
    expect(unannounced([before!], gone, '')).toHaveLength(1);
    expect(unannounced([before!], gone, '- `errors.one` is gone')).toEqual([]);
    expect(frozen(gone, [])).toEqual(gone);
    const back = frozen(gone, one);
    expect(unannounced(gone, back, '- `errors.one` is gone\n- `errors.one` is back')).toEqual([
      'Failed to freeze errors.one: expected a new id, got that of a retired requirement. Correct that first.',
    ]);
  });

  test('the id of its table announces a row', () => {
    const row = frozen([], casesOf(must('errors.one.row', written)));
    expect(unannounced(row, [{ ...row[0]!, changes: 1 }], 'rows of `errors.one`')).toEqual([]);
  });
});
