/** The candidates of a gate: releases and forks on npm, and builds that are not published. */
import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import table from '../../../fixtures/releases.json' with { type: 'json' };
import { PLAIN, type Dialect } from '../../dial/dialect.ts';
import { AUTO, NEWEST, OLDEST, compareReleases, isRelease } from '../../editions.ts';
import { UsageError } from '../../usage-error.ts';
import { fileNameOf, installBuild, installPackage, type Installed } from './install.ts';

/** A release or build to judge. It is written to a file as JSON between the two processes of a gate. */
export interface Candidate {
  /** Its name on file names: the release, or for a build its version and `-build`; a fork's with the package before. */
  readonly name: string;
  /** Its name in reports: the package and the version. */
  readonly title: string;
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
  const known = all ? table.releases : since === undefined ? [] : await releasesOnNpm();
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

/** What of a package is judged, and how. */
export interface Asked {
  /** The edition of the contract, or `AUTO`. Default: by the version. */
  readonly edition?: string | undefined;
  /** What it calls what OpenClaw names. Default: by the name of the package. */
  readonly dialect?: Dialect | undefined;
  /** Takes one line when an installation begins and one when it ends. */
  readonly log: (line: string) => void;
}

/** A release of OpenClaw. */
export const releaseCandidate = (release: string, log: (line: string) => void): Promise<Candidate> =>
  packageCandidate({ name: PLAIN.package!, version: release }, { log });

/**
 * Installs a version of a package unless it is in the cache. A failed installation gives a candidate too, with `trouble`,
 * so that the report lists it as not judged.
 *
 * @throws {UsageError} when no edition is given and the version does not contain one.
 */
export async function packageCandidate(
  { name, version }: { readonly name: string; readonly version: string },
  { edition, dialect, log }: Asked,
): Promise<Candidate> {
  const dated = datingOf(`${name}@${version}`, version, edition);
  const installed = await installPackage(name, version, { log, dialect }).catch(trouble);
  const own = name === PLAIN.package;
  return {
    name: own ? version : `${fileNameOf(name)}-${version}`,
    title: `${name} ${version}`,
    edition: dated,
    build: false,
    installed,
  };
}

/**
 * Finds or installs a build that is not on npm.
 *
 * @param path a built checkout or a tarball.
 * @throws {UsageError} when no edition is given and the version does not contain one.
 */
export async function buildCandidate(path: string, { edition, dialect, log }: Asked): Promise<Candidate> {
  const installed = await installBuild(path, { log, dialect }).catch(trouble);
  const version = 'trouble' in installed ? basename(path) : installed.version;
  const dated = 'trouble' in installed ? NEWEST : datingOf(path, version, edition);
  const title = 'trouble' in installed ? PLAIN.package! : installed.name;
  // The name is used for files and folders.
  const own = fileNameOf(title === PLAIN.package ? version : `${title}-${version}`);
  const named = `${version.replaceAll(/[^\w.-]+/g, '-')}-build`;
  return { name: `${own}-build`, title: `${title} ${named}`, edition: dated, build: true, installed };
}

/**
 * The edition that is asked for, else the one that a version names, at least the oldest. Before `AUTO` is found, the newest
 * stands for one that a version does not name.
 */
function datingOf(what: string, version: string, edition?: string): string {
  if (edition !== undefined && edition !== AUTO) return edition;
  const dated = /^\d{4}\.\d{1,2}\.\d{1,2}(?:-\d{1,3}$)?/.exec(version)?.[0];
  if (dated !== undefined) return compareReleases(dated, OLDEST) >= 0 ? dated : OLDEST;
  if (edition === AUTO) return NEWEST;
  const mend = 'Name the edition of its contract with --edition.';
  throw new UsageError(`Failed to date ${what}: expected a version like 2026.9.7, got "${version}". ${mend}`);
}

function trouble(cause: unknown): { trouble: string } {
  return { trouble: (cause as Error).message };
}
