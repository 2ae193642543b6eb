/** What is known to fail in a release: its waivers in `fixtures/waivers`. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cases } from '../chapters/index.ts';
import { compareReleases } from '../editions.ts';
import { readWaivers } from '../waivers.ts';
import type { Waiver } from '../waivers.ts';
import type { Candidate } from './candidates.ts';

const FOLDER = fileURLToPath(new URL('../../fixtures/waivers/', import.meta.url));

/**
 * A release has a file of its own, or nothing is waived; a build has that of its edition, or of the newest before it.
 *
 * @throws {UsageError} when the file cannot be read.
 */
export function waiversOf({ edition, build }: Pick<Candidate, 'edition' | 'build'>): Waiver[] {
  const release = build ? newestUpTo(edition, FOLDER) : edition;
  const file = join(FOLDER, `openclaw-${release}.json5`);
  return existsSync(file) ? readWaivers(readFileSync(file, 'utf8'), file, new Set(cases.map(({ id }) => id))) : [];
}

/** Of the releases that have a file in the folder, the newest that is not newer; undefined when there is none. */
export function newestUpTo(edition: string, folder: string): string | undefined {
  return (existsSync(folder) ? readdirSync(folder) : [])
    .flatMap((name) => /^(?:openclaw-)?(\d{4}\.\d+\.\d+(?:-\d+)?)\.json5?$/.exec(name)?.[1] ?? [])
    .filter((release) => compareReleases(release, edition) <= 0)
    .toSorted(compareReleases)
    .at(-1);
}
