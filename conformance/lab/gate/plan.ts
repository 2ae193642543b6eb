/** What a gate judges: for each release its deployments, cases, waivers and baseline. */

import { join } from 'node:path';
import { cases as contract } from '../../chapters/index.ts';
import type { Depth } from '../../dial/course.ts';
import { readDialect } from '../../dial/dialects.ts';
import { DEFAULTS } from '../../dial/target.ts';
import { OLDEST, inForce } from '../../editions.ts';
import { plan } from '../../judging/judge.ts';
import type { Waiver } from '../../judging/waivers.ts';
import { readReport } from '../../reports/archive.ts';
import type { Report } from '../../reports/report.ts';
import { UsageError } from '../../usage-error.ts';
import type { Case } from '../../vocabulary/chapter.ts';
import { AGENTS, deploymentsAt, type DeploymentRow } from '../deployments.ts';
import { inherits, newestUpTo, waiversOf } from '../release-waivers.ts';
import {
  buildCandidate,
  packageCandidate,
  releaseCandidate,
  releasesWanted,
  versionOf,
  type Candidate,
} from '../releases/candidates.ts';
import { shareOf, type Shard } from './shard.ts';

/** What is judged of one candidate, and what its verdicts are held against. It is handed to the namespace as JSON. */
export interface Plan {
  readonly candidate: Candidate;
  /** The primary one first, then those that some case needs. */
  readonly deployments: readonly [DeploymentRow, ...DeploymentRow[]];
  /** Ids or chapters, as in `Options`: the selection of the command line, or the ids of this machine's share. */
  readonly only: readonly string[];
  readonly waivers: readonly Waiver[];
  /** The report to compare with. */
  readonly baseline?: Report;
}

/** The flags of `npm run gate`. */
export interface GateFlags {
  readonly releases: readonly string[];
  readonly all: boolean;
  readonly since: string | undefined;
  readonly lines: boolean;
  readonly pre: boolean;
  readonly packages: readonly { readonly name: string; readonly version: string }[];
  readonly paths: readonly string[];
  /** Of packages and builds, as `readDialect` takes it. Default: by the name of the package. */
  readonly dialect: string | undefined;
  /** Of packages and builds; `AUTO`: the newest that is kept. Default: by their version. */
  readonly edition: string | undefined;
  readonly deployments: readonly string[];
  readonly only: readonly string[];
  readonly dating: boolean;
  readonly waivers: string | undefined;
  readonly against: string | undefined;
  readonly repeat: number;
  readonly shard: Shard | undefined;
  readonly jobs: number;
  readonly concurrency: number;
  /** In ms. Default: `patienceWith` of the release. */
  readonly timeout: number | undefined;
  readonly maxBytes: number;
  readonly maxFrames: number;
  /** Of one release, in seconds. */
  readonly deadline: number;
  readonly depth: Depth;
  readonly seed: number;
  readonly out: string | undefined;
  readonly publish: string | undefined;
  /** Whether the table has plain passes too. */
  readonly verbose: boolean;
  readonly unisolated: boolean;
}

/** What every gateway of the lab can be asked, whatever its release and its deployments. */
export const LAB = { ...DEFAULTS, agents: AGENTS, scripted: true } as const;

/**
 * Installs what the flags select, and plans it, release by release.
 *
 * @param say takes a line when an installation begins and one when it ends.
 * @throws {UsageError} when no release is as new as `--since`, a build has no edition, a release allows none of the
 *   deployments or has fewer cases than there are machines, or its waivers or its baseline cannot be read.
 */
export async function planned(flags: GateFlags, say: (line: string) => void): Promise<Plan[]> {
  const releases = await releasesWanted(flags);
  const { edition } = flags;
  const dialect = flags.dialect === undefined ? undefined : readDialect(flags.dialect);
  const asked = { edition, dialect, log: say };
  const packages: GateFlags['packages'][number][] = [];
  for (const { name, version } of flags.packages) packages.push({ name, version: await versionOf(name, version) });
  const wanted = [
    ...releases.map((release) => () => releaseCandidate(release, say)),
    ...packages.map((one) => () => packageCandidate(one, asked)),
    ...flags.paths.map((path) => () => buildCandidate(path, asked)),
  ];
  // With no more machines than releases, machines share the releases; otherwise they share the cases of each release.
  const { shard } = flags;
  const shares = shard !== undefined && wanted.length >= shard.of;
  const candidates: Candidate[] = [];
  for (const install of shares ? shareOf(wanted, shard) : wanted) candidates.push(await install());
  return candidates.map((candidate) => planOf(candidate, flags, shares ? undefined : shard));
}

function planOf(candidate: Candidate, flags: GateFlags, share: Shard | undefined): Plan {
  const { edition } = candidate;
  const { dating, against, waivers } = flags;
  const [primary, ...others] = rowsAt(edition, flags.deployments);
  const asked = { ...LAB, edition, probe: true, deployments: [primary, ...others] };
  const cases = plan(casesAt(edition, dating), asked, flags.only);
  const judged = share === undefined ? cases : shareOf(cases, share);
  if (share !== undefined && judged.length === 0) {
    throw new UsageError(`Failed to read --shard: expected no more parts than cases, got ${share.of} of them.`);
  }
  const needs = new Set<string>(judged.flatMap((one) => one.needs));
  return {
    candidate,
    deployments: [primary, ...others.filter(({ name }) => needs.has(`deploy:${name}`))],
    only: share === undefined ? flags.only : judged.map(({ id }) => id),
    waivers: waiversOf(candidate, waivers),
    ...(against !== undefined && { baseline: baseline(against, candidate) }),
  };
}

/** The deployments of a release. Cases that name none are sent to the first one, so it has the endpoint enabled. */
function rowsAt(edition: string, names: readonly string[]): Plan['deployments'] {
  const rows = deploymentsAt(edition, names);
  const primary = rows.find(({ serves }) => serves);
  if (primary !== undefined) return [primary, ...rows.filter((row) => row !== primary)];
  const got = `${names.join(', ')} and none with the endpoint enabled`;
  throw new UsageError(`Failed to read --deployment: expected one that ${edition} allows, got ${got}.`);
}

/**
 * The report to compare with.
 *
 * @param against a report, or a folder of them: there a release has its own; a build, a pre-release, a fork and a release of
 *   a maintenance line that of the release that it is held against (`nearestTo`).
 */
function baseline(against: string, { name, edition, build }: Candidate): Report {
  if (against.endsWith('.json')) return readReport(against);
  const nearest = inherits({ name, build }) ? newestUpTo(edition, against) : undefined;
  return readReport(join(against, `${nearest ?? name}.json`));
}

/** The contract. With `dating`, a requirement that is not in force is judged too, as a NOTE. */
export function casesAt(edition: string, dating: boolean): readonly Case[] {
  if (!dating) return contract;
  return contract.map((one) => {
    if (inForce(one, edition)) return one;
    const { until: _, mustSince: __, keptSince: ___, ...always } = one;
    return { ...always, since: OLDEST, level: 'NOTE' };
  });
}
