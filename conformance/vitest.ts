/**
 * `openclaw-compat-kit/vitest`: the suite as tests of a Vitest file, for its reporters and its watch mode. The cases need
 * Node's own fetch, so the file must run in Vitest's environment `node`.
 */
import { describe, test } from 'vitest';
import { cases, chapters } from './chapters/index.ts';
import type { Depth } from './dial/course.ts';
import { secretsOf, type Target } from './dial/target.ts';
import { execute, judgedIn, plan, waiverOf, type Options } from './judging/judge.ts';
import { verdictOf } from './judging/verdict.ts';
import { levelAt } from './vocabulary/chapter.ts';
import { cleaning } from './wire/printable.ts';

/**
 * Registers one test for each case, in the order of the contract. A violated MUST, a stale waiver, and a case that could
 * not be judged fail their test; a violated SHOULD, a waived failure, and a note are annotations; a case that does not
 * apply to the target, or was not selected, is skipped.
 */
export function registerConformance(
  target: Target,
  { only = [], waivers = [], depth }: Pick<Options, 'only' | 'waivers'> & { readonly depth?: Depth } = {},
): void {
  const clean = cleaning(secretsOf(target));
  const planned = new Set(plan(cases, target, only));
  for (const chapter of chapters) {
    describe(chapter.title, { concurrent: false }, () => {
      for (const one of chapter.cases) {
        test.skipIf(!planned.has(one))(
          `${one.id}: ${one.says}`,
          { timeout: target.patience * 8 },
          async ({ annotate }) => {
            const { ending } = await execute(one, target, undefined, undefined, depth && { depth });
            const waiver = waiverOf(one.id, judgedIn(one, target), waivers);
            const { verdict, reason } = verdictOf(ending, levelAt(one, target), waiver);
            if (['fail', 'stale', 'error'].includes(verdict)) throw new Error(`${verdict}: ${clean(reason)}`);
            if (verdict !== 'pass') await annotate(clean(reason), verdict);
          },
        );
      }
    });
  }
}
