/** The waivers of `fixtures/waivers`: what is known to fail in a release. */
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
  const release = build ? newestUpTo(edition) : edition;
  const file = join(FOLDER, `openclaw-${release}.json5`);
  return existsSync(file) ? readWaivers(readFileSync(file, 'utf8'), file, new Set(cases.map(({ id }) => id))) : [];
}

function newestUpTo(edition: string): string | undefined {
  return readdirSync(FOLDER)
    .flatMap((name) => /^openclaw-(\d.*)\.json5$/.exec(name)?.[1] ?? [])
    .filter((release) => compareReleases(release, edition) <= 0)
    .toSorted(compareReleases)
    .at(-1);
}
