/** Which edition a gateway keeps, a release's known mistakes excused: what `--edition auto` finds. */
import { cases } from '../chapters/index.ts';
import type { Target } from '../dial/target.ts';
import { compatibility, type Compatibility } from '../judging/compatibility.ts';
import type { Options } from '../judging/judge.ts';
import type { Waiver } from '../judging/waivers.ts';
import { waiversOf } from './release-waivers.ts';

/** An edition, and the waivers for those mistakes of its release that the gateway makes too. */
export interface Kept extends Compatibility {
  readonly waivers: readonly Waiver[];
}

/** The newest edition that the gateway keeps; undefined when the deadline passed before it was found. */
export async function keptEdition(
  target: Target,
  options: Pick<Options, 'only' | 'concurrency' | 'seed' | 'deadline'>,
): Promise<Kept | undefined> {
  const waiversAt = (edition: string): Waiver[] => waiversOf({ edition, build: false });
  const idsAt = (edition: string): ReadonlySet<string> => new Set(waiversAt(edition).map(({ id }) => id));
  const found = await compatibility(cases, target, idsAt, options);
  if (found === undefined) return undefined;
  const made = found.kept ? found.tried.at(-1)!.mistakes : [];
  return { ...found, waivers: waiversAt(found.edition).filter(({ id }) => made.includes(id)) };
}

/** Why none was found, in one line. */
export const notFound = (deadline: number): string =>
  `Failed to find an edition: expected an end within ${deadline} s (--deadline), got none. Raise it, or name an edition.`;
