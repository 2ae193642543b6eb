/** What a gate judges: releases from npm, and builds that are not published yet. */
import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import dated from '../../fixtures/releases.json' with { type: 'json' };
import { UsageError } from '../arguments.ts';
import { compareReleases, isRelease } from '../editions.ts';
import { installBuild, installRelease } from './install.ts';
import type { Shard } from './gate-flags.ts';
import type { Installed } from './install.ts';

export interface Candidate {
  /** What reports and files call it: the release, or for a build its version and `-build`. */
  readonly name: string;
  /** The contract that it is judged by. */
  readonly edition: string;
  readonly build: boolean;
  /** Only this part of its cases is judged here, the others on other machines. */
  readonly share?: Shard;
  /** On this disk; or why it is not, in one line. */
  readonly installed: Installed | { readonly trouble: string };
}

interface Wanted {
  readonly releases: readonly string[];
  readonly all: boolean;
  readonly since: string | undefined;
}

/**
 * The releases that a command line names, each once, the oldest first. Only `since` without `all` asks npm.
 *
 * @throws {UsageError} when npm does not say which there are, or there are none.
 */
export async function releasesWanted({ releases, all, since }: Wanted): Promise<string[]> {
  const known = all ? dated.releases : since === undefined ? [] : await releasesOnNpm();
  const named = known.filter((release) => since === undefined || compareReleases(release, since) >= 0);
  if (since !== undefined && named.length === 0) {
    throw new UsageError(`Failed to read --since: expected a release with others after it, got "${since}".`);
  }
  return [...new Set([...named, ...releases])].toSorted(compareReleases);
}

/** Without the versions that are only a trial, such as `2026.9.1-beta.1`. */
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

/** Installs what is not there yet. What cannot be installed is a candidate all the same: one that nobody can judge. */
export async function releaseCandidate(release: string, log: (line: string) => void): Promise<Candidate> {
  const installed = await installRelease(release, { log }).catch(trouble);
  return { name: release, edition: release, build: false, installed };
}

/**
 * @param edition which contract; without it the version says, `2026.9.7` for `2026.9.7-dev`.
 * @throws {UsageError} when it does not.
 */
export async function buildCandidate(
  path: string,
  edition: string | undefined,
  log: (line: string) => void,
): Promise<Candidate> {
  const installed = await installBuild(path, { log }).catch(trouble);
  const version = 'trouble' in installed ? basename(path) : installed.version;
  const said = edition ?? /^\d{4}\.\d{1,2}\.\d{1,2}/.exec(version)?.[0];
  if (said === undefined && !('trouble' in installed)) {
    const mend = 'Say with --edition which contract it is to be judged by.';
    throw new UsageError(`Failed to date ${path}: expected a version like 2026.9.7, got "${version}". ${mend}`);
  }
  // It names files and folders.
  const name = `${version.replaceAll(/[^\w.-]+/g, '-')}-build`;
  return { name, edition: said ?? dated.releases.at(-1)!, build: true, installed };
}

function trouble(error: unknown): { trouble: string } {
  return { trouble: (error as Error).message };
}
