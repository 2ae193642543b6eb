/** The known failures of a release: its waivers in `fixtures/waivers`. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cases } from '../chapters/index.ts';
import { compareReleases, isRelease } from '../editions.ts';
import { readWaivers, type Waiver } from '../judging/waivers.ts';
import { UsageError } from '../usage-error.ts';
import type { Candidate } from './releases/candidates.ts';

const FOLDER = fileURLToPath(new URL('../../fixtures/waivers/', import.meta.url));

/**
 * The waivers of a release: those of its own file, or none. A fork has its own file too; without one it has, as a build
 * does, the file of its edition or of the newest release before it.
 *
 * @param given another file to read instead; it must exist.
 * @throws {UsageError} when the file is missing or not valid.
 */
export function waiversOf(
  { edition, build, name = edition }: Pick<Candidate, 'edition' | 'build'> & Partial<Pick<Candidate, 'name'>>,
  given?: string,
): Waiver[] {
  const own = ownFile(name);
  const inherits = build || !isRelease(name);
  const file = given ?? (inherits && !existsSync(own) ? ofRelease(newestUpTo(edition, FOLDER)) : own);
  if (existsSync(file)) return readWaivers(readFileSync(file, 'utf8'), file, new Set(cases.map(({ id }) => id)));
  if (given === undefined) return [];
  throw new UsageError(`Failed to read waivers ${file}: expected a file, got none. Correct the path.`);
}

/** Whether a candidate has a file of its own. */
export const hasOwnWaivers = ({ name }: Pick<Candidate, 'name'>): boolean => existsSync(ownFile(name));

const ownFile = (name: string): string => join(FOLDER, isRelease(name) ? `openclaw-${name}.json5` : `${name}.json5`);

const ofRelease = (release: string | undefined): string => join(FOLDER, `openclaw-${release}.json5`);

/** The newest release with a file in the folder that is not newer than `edition`; undefined when there is none. */
export function newestUpTo(edition: string, folder: string): string | undefined {
  return (existsSync(folder) ? readdirSync(folder) : [])
    .flatMap((name) => /^(?:openclaw-)?(\d{4}\.\d+\.\d+(?:-\d+)?)\.json5?$/.exec(name)?.[1] ?? [])
    .filter((release) => compareReleases(release, edition) <= 0)
    .toSorted(compareReleases)
    .at(-1);
}
