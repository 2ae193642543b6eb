/** The candidates of a gate: releases and forks on npm, and builds that are not published. */
import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { PLAIN, type Dialect } from '../../dial/dialect.ts';
import { dialectOf } from '../../dial/dialects.ts';
import {
  AUTO,
  BESIDE,
  EDITIONS,
  NEWEST,
  OLDEST,
  compareByLine,
  compareReleases,
  isPrerelease,
  isRelease,
  lineOf,
} from '../../editions.ts';
import { UsageError } from '../../usage-error.ts';
import { fileNameOf, installBuild, installPackage, type Installed } from './install.ts';

/** A release or build to judge. It is written to a file as JSON between the two processes of a gate. */
export interface Candidate {
  /** Its name in file names: the release, or for a build its version and `-build`; a fork's with the package before. */
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
  /** Versions, or tags of npm such as `latest`. */
  readonly releases: readonly string[];
  readonly all: boolean;
  readonly since: string | undefined;
  /** Maintenance lines too, where `all` or `since` selects. A `since` of a line selects that line alone. */
  readonly lines: boolean;
  /** Pre-releases too, where `all` or `since` selects. */
  readonly pre: boolean;
}

/**
 * The versions that a command line selects, without duplicates, the main line first, each line from its oldest on. Only
 * `since` without `all`, and a tag, run npm.
 *
 * @throws {UsageError} when npm fails to list the versions, none is as new as `since`, or there is no such tag.
 */
export async function releasesWanted({ releases, all, since, lines, pre }: Wanted): Promise<string[]> {
  const known = all ? [...EDITIONS, ...BESIDE] : since === undefined ? [] : await versionsOnNpm();
  const line = since && lineOf(since);
  const named = known.filter((version) => {
    if (isPrerelease(version) ? !pre : !isRelease(version)) return false;
    if (line !== undefined && lineOf(version) !== line) return false;
    if (line === undefined && lineOf(version) !== undefined && !lines) return false;
    return since === undefined || compareReleases(version, since) >= 0;
  });
  if (since !== undefined && named.length === 0) {
    throw new UsageError(`Failed to read --since: expected a release with others after it, got "${since}".`);
  }
  const given: string[] = [];
  for (const release of releases) given.push(await versionOf(PLAIN.package!, release));
  return [...new Set([...named, ...given])].toSorted(compareByLine);
}

/** The versions of OpenClaw on npm, in no order. */
export const versionsOnNpm = async (): Promise<string[]> =>
  [await asked('list the releases', 'npm to know them', ['openclaw', 'versions'])].flat() as string[];

/**
 * The version that a tag of npm names, such as `latest`; a version itself as it is.
 *
 * @throws {UsageError} when npm knows no such tag.
 */
export async function versionOf(name: string, given: string): Promise<string> {
  if (/^\d/.test(given)) return given;
  const found = await asked(`find ${name}@${given}`, 'a tag of npm', [`${name}@${given}`, 'version']);
  if (typeof found === 'string') return found;
  throw new UsageError(
    `Failed to find ${name}@${given}: expected a tag of npm, got none of that name. Name a version.`,
  );
}

/** What `npm view` answers, which for what is not there is nothing. */
async function asked(doing: string, expected: string, words: readonly string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)('npm', ['view', ...words, '--json'], {
    maxBuffer: 2 ** 24,
    shell: process.platform === 'win32',
  }).catch((cause: unknown) => {
    const [line] = (cause as { stderr?: string }).stderr?.trim().split('\n') ?? [];
    throw new UsageError(`Failed to ${doing}: expected ${expected}, got "${line ?? String(cause)}".`);
  });
  return stdout.trim() === '' ? undefined : (JSON.parse(stdout) as unknown);
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
  const built = (dialect ?? dialectOf(name)).editions[version];
  const dated = datingOf(`${name}@${version}`, version, edition ?? built);
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
  const built = 'trouble' in installed ? undefined : installed.dialect.editions[version];
  const dated = 'trouble' in installed ? NEWEST : datingOf(path, version, edition ?? built);
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
  // A pre-release, and any other build, by the release that it becomes.
  const dated = /^\d{4}\.\d{1,2}\.\d{1,2}(?:-\d{1,3}$)?/.exec(version)?.[0];
  if (dated !== undefined) return compareReleases(dated, OLDEST) >= 0 ? dated : OLDEST;
  if (edition === AUTO) return NEWEST;
  const mend = 'Name the edition of its contract with --edition.';
  throw new UsageError(`Failed to date ${what}: expected a version like 2026.9.7, got "${version}". ${mend}`);
}

function trouble(cause: unknown): { trouble: string } {
  return { trouble: (cause as Error).message };
}
