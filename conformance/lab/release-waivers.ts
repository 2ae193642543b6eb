/** The known failures of a release: its waivers in `fixtures/waivers`. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cases } from '../chapters/index.ts';
import { isPrerelease, isRelease, lineOf, nearestTo } from '../editions.ts';
import { readWaivers, type Waiver } from '../judging/waivers.ts';
import { UsageError } from '../usage-error.ts';
import type { Candidate } from './releases/candidates.ts';

const FOLDER = fileURLToPath(new URL('../../fixtures/waivers/', import.meta.url));

/**
 * The waivers of a candidate: those of its own file. A release of the main line without one has none; a pre-release, a build
 * and a fork have those of the newest release up to their edition, and a release of a maintenance line those of the newest
 * before it in its line, else of its base.
 *
 * @param given another file to read instead; it must exist.
 * @throws {UsageError} when the file is missing or not valid.
 */
export function waiversOf(
  { edition, build, name = edition }: Pick<Candidate, 'edition' | 'build'> & Partial<Pick<Candidate, 'name'>>,
  given?: string,
): Waiver[] {
  const heir = inherits({ name, build }) && !hasOwnWaivers({ name }) ? newestUpTo(edition, FOLDER) : undefined;
  const file = given ?? ownFile(heir ?? name);
  if (existsSync(file)) return readWaivers(readFileSync(file, 'utf8'), file, new Set(cases.map(({ id }) => id)));
  if (given === undefined) return [];
  throw new UsageError(`Failed to read waivers ${file}: expected a file, got none. Correct the path.`);
}

/** Whether a candidate is held against another release: all but a release of the main line. */
export const inherits = ({ name, build }: Pick<Candidate, 'name' | 'build'>): boolean =>
  build || !isRelease(name) || lineOf(name) !== undefined;

/** Whether a candidate has a file of its own. */
export const hasOwnWaivers = ({ name }: Pick<Candidate, 'name'>): boolean => existsSync(ownFile(name));

const ownFile = (name: string): string =>
  join(FOLDER, isRelease(name) || isPrerelease(name) ? `openclaw-${name}.json5` : `${name}.json5`);

/** The release with a file in the folder that an edition is held against; undefined when there is none. */
export function newestUpTo(edition: string, folder: string): string | undefined {
  const named = (existsSync(folder) ? readdirSync(folder) : []).flatMap(
    (name) => /^(?:openclaw-)?(\d{4}\.\d+\.\d+(?:-\d+)?)\.json5?$/.exec(name)?.[1] ?? [],
  );
  return nearestTo(edition, named.filter(isRelease));
}
