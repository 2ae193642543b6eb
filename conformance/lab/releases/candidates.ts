/** The candidates of a gate: releases on npm, and builds that are not published. */
import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import dated from '../../../fixtures/releases.json' with { type: 'json' };
import { NEWEST, compareReleases, isRelease } from '../../editions.ts';
import { UsageError } from '../../usage-error.ts';
import { installBuild, installRelease, type Installed } from './install.ts';

/** A release or build to judge. It is written to a file as JSON between the two processes of a gate. */
export interface Candidate {
  /** Its name in reports and file names: the release, or for a build its version and `-build`. */
  readonly name: string;
  /** The edition of the contract to judge it by. */
  readonly edition: string;
  readonly build: boolean;
  /** The installation, or one line that says why there is none. */
  readonly installed: Installed | { readonly trouble: string };
}

interface Wanted {
  readonly releases: readonly string[];
  readonly all: boolean;
  readonly since: string | undefined;
}

/**
 * The releases that a command line selects, without duplicates, oldest first. Only `since` without `all` runs npm.
 *
 * @throws {UsageError} when npm fails to list the releases, or none is as new as `since`.
 */
export async function releasesWanted({ releases, all, since }: Wanted): Promise<string[]> {
  const known = all ? dated.releases : since === undefined ? [] : await releasesOnNpm();
  const named = known.filter((release) => since === undefined || compareReleases(release, since) >= 0);
  if (since !== undefined && named.length === 0) {
    throw new UsageError(`Failed to read --since: expected a release with others after it, got "${since}".`);
  }
  return [...new Set([...named, ...releases])].toSorted(compareReleases);
}

/** Published releases, without prereleases such as `2026.9.1-beta.1`. */
async function releasesOnNpm(): Promise<string[]> {
  const asked = await promisify(execFile)('npm', ['view', 'openclaw', 'versions', '--json'], {
    maxBuffer: 2 ** 24,
    shell: process.platform === 'win32',
  }).catch((cause: unknown) => {
    const [line] = (cause as { stderr?: string }).stderr?.trim().split('\n') ?? [];
    throw new UsageError(`Failed to list the releases: expected npm to know them, got "${line ?? String(cause)}".`);
  });
  return (JSON.parse(asked.stdout) as string[]).filter(isRelease);
}

/**
 * Installs a release unless it is in the cache. A failed installation gives a candidate too, with `trouble`, so that the
 * report lists the release as not judged.
 *
 * @param log takes one line when an installation begins and one when it ends.
 */
export async function releaseCandidate(release: string, log: (line: string) => void): Promise<Candidate> {
  const installed = await installRelease(release, { log }).catch(trouble);
  return { name: release, edition: release, build: false, installed };
}

/**
 * Finds or installs a build that is not on npm.
 *
 * @param path a built checkout or a tarball.
 * @param edition the edition of the contract. Default: from the build's version, `2026.9.7` for `2026.9.7-dev`.
 * @param log as in `releaseCandidate`.
 * @throws {UsageError} when no edition is given and the version does not contain one.
 */
export async function buildCandidate(
  path: string,
  edition: string | undefined,
  log: (line: string) => void,
): Promise<Candidate> {
  const installed = await installBuild(path, { log }).catch(trouble);
  const version = 'trouble' in installed ? basename(path) : installed.version;
  const dating = edition ?? /^\d{4}\.\d{1,2}\.\d{1,2}/.exec(version)?.[0];
  if (dating === undefined && !('trouble' in installed)) {
    const mend = 'Name the edition of its contract with --edition.';
    throw new UsageError(`Failed to date ${path}: expected a version like 2026.9.7, got "${version}". ${mend}`);
  }
  // The name is used for files and folders.
  const name = `${version.replaceAll(/[^\w.-]+/g, '-')}-build`;
  return { name, edition: dating ?? NEWEST, build: true, installed };
}

function trouble(cause: unknown): { trouble: string } {
  return { trouble: (cause as Error).message };
}
