/** `npm run proof -- --generated`: judges each change that a tool makes to the reference. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT } from '../judging/verdict.ts';
import { fates, type Fate, type Fated } from '../proof/generated/generated.ts';
import { noticedShare, Reasons } from '../proof/generated/unnoticed.ts';

/** What the command is told. */
interface Flags {
  readonly sample: number;
  /** In percent. */
  readonly least: number;
  readonly seed: number;
  readonly threads: number;
  readonly out: string;
}

/**
 * Prints each mutant that no case noticed and that has no reason yet, and the score.
 *
 * @returns the exit code: 0 when at least `least` percent of the mutants that a case reaches are noticed, else 1.
 */
export async function generated(
  { sample, least, seed, threads, out }: Flags,
  world: { readonly write: (text: string) => void },
): Promise<number> {
  const began = performance.now();
  const reasons = new Reasons();
  const isKnown = (one: Fated): boolean => (reasons.of(one) ?? '') !== '';
  const isUnnoticed = ({ fate }: Fated): boolean => ['silent', 'unjudged', 'dead'].includes(fate);
  const all = await fates({ ...(sample > 0 && { sample }), seed, threads }, (one) => {
    if (isUnnoticed(one) && !isKnown(one)) world.write(lineOf(one));
  });
  await mkdir(out, { recursive: true });
  await writeFile(join(out, 'generated.json'), `${JSON.stringify(all, null, 2)}\n`);
  const count = (fate: Fate): string => `${all.filter((one) => one.fate === fate).length} ${fate}`;
  const unknown = all.filter((one) => isUnnoticed(one) && !isKnown(one)).length;
  const share = noticedShare(all);
  world.write(
    `${all.length} generated mutants: ${(['killed', 'crashed', 'hung', 'unjudged', 'silent', 'dead'] as const).map(count).join(', ')}; ` +
      `${share} % of those that a case reaches are noticed, of ${least} wanted; ${unknown} unnoticed without a reason in ` +
      `fixtures/generated.json; ${Math.round((performance.now() - began) / 1000)} s; ${join(out, 'generated.json')}\n`,
  );
  return share >= least ? EXIT.good : EXIT.violated;
}

const lineOf = ({ fate, file, line, before, after }: Fated): string =>
  `${fate} ${file}:${line}\n    ${before}\n    → ${after}\n`;
