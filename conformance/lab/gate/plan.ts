/** What a gate judges, by which waivers, and what for. */

import { join } from 'node:path';
import { DEFAULTS, type Target } from '../../dial/target.ts';
import { OLDEST, inForce } from '../../editions.ts';
import { plan } from '../../judging/judge.ts';
import type { Waiver } from '../../judging/waivers.ts';
import { readReport } from '../../reports/archive.ts';
import type { Report } from '../../reports/report.ts';
import { UsageError } from '../../usage-error.ts';
import type { Case } from '../../vocabulary/chapter.ts';
import { AGENTS, deploymentsAt, type DeploymentRow } from '../deployments.ts';
import { newestUpTo, waiversOf } from '../release-waivers.ts';
import { buildCandidate, releaseCandidate, releasesWanted, type Candidate } from '../releases/candidates.ts';
import { shareOf, type Shard } from './shard.ts';

/** A candidate, and which part of its cases is judged on this machine. Default: all. */
export interface Entrant extends Candidate {
  readonly share?: Shard;
}

/** Which cases and deployments the command line asks for. */
interface Asked {
  readonly only?: readonly string[];
  readonly deployments: readonly string[];
}

/** The flags, in the words of `GATE_HELP`. */
export interface GateFlags {
  readonly releases: readonly string[];
  readonly all: boolean;
  readonly since: string | undefined;
  readonly paths: readonly string[];
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
  readonly seed: number;
  readonly out: string | undefined;
  readonly publish: string | undefined;
  readonly unisolated: boolean;
  readonly help: boolean;
}

/** The primary deployment, and those that some selected case needs. */
export function neededDeployments(
  cases: readonly Case[],
  edition: string,
  { only, deployments }: Asked,
): DeploymentRow[] {
  const rows = deploymentsAt(edition, deployments);
  // Cases that name no deployment are sent to the first one.
  const primary = rows.find(({ serves }) => serves);
  const ordered = rows.toSorted((a, b) => Number(b === primary) - Number(a === primary));
  const all = ordered.map((row) => ({ ...row, baseUrl: '' })) as unknown as Target['deployments'];
  const needs = plan(cases, { ...everythingAt(edition), deployments: all }, only).flatMap((one) => one.needs);
  return ordered.filter((row, at) => at === 0 || needs.includes(`deploy:${row.name}`));
}

/**
 * The ids of the cases for one machine.
 *
 * @param wanted the selection of the command line.
 * @param shard the machine's part.
 * @throws {UsageError} when there are more parts than cases.
 */
export function shareOfCases(cases: readonly Case[], edition: string, wanted: Asked, shard: Shard): string[] {
  const [first, ...others] = neededDeployments(cases, edition, wanted).map((row) => ({ ...row, baseUrl: '' }));
  const target: Target = { ...everythingAt(edition), deployments: [first!, ...others] };
  const share = shareOf(plan(cases, target, wanted.only), shard).map(({ id }) => id);
  if (share.length > 0) return share;
  throw new UsageError(`Failed to read --shard: expected no more parts than cases, got ${shard.of} of them.`);
}

/** A target of the lab without its deployments: it can do everything that a case may need. */
export function everythingAt(edition: string): Omit<Target, 'deployments'> {
  const probe = { asked: () => [], wait: () => Promise.resolve([]) };
  return { ...DEFAULTS, name: edition, edition, agents: AGENTS, scripted: true, probe };
}

/** A candidate, and what its verdicts are held against. */
export interface Work {
  readonly candidate: Entrant;
  readonly waivers: readonly Waiver[];
  /** The report to compare with. */
  readonly baseline: Report | undefined;
}

export async function gathered(flags: GateFlags, say: (line: string) => void): Promise<Entrant[]> {
  const releases = await releasesWanted(flags);
  const wanted = [
    ...releases.map((release) => (log: (line: string) => void) => releaseCandidate(release, log)),
    ...flags.paths.map((path) => (log: (line: string) => void) => buildCandidate(path, flags.edition, log)),
  ];
  // With no more machines than releases, machines share the releases; otherwise they share the cases of each release.
  const { shard } = flags;
  const shares = shard !== undefined && wanted.length >= shard.of;
  const candidates: Entrant[] = [];
  for (const install of shares ? shareOf(wanted, shard) : wanted) {
    candidates.push({ ...(await install(say)), ...(shard && !shares && { share: shard }) });
  }
  return candidates;
}

/** @throws {UsageError} when no deployment fits, or its waivers or its baseline cannot be read. */
export function workOn(candidate: Entrant, { against, deployments, waivers }: GateFlags): Work {
  if (!deploymentsAt(candidate.edition, deployments).some(({ serves }) => serves)) {
    const got = `${deployments.join(', ')} and none with the endpoint enabled`;
    throw new UsageError(`Failed to read --deployment: expected one that ${candidate.edition} allows, got ${got}.`);
  }
  return {
    candidate,
    waivers: waiversOf(candidate, waivers),
    baseline: against === undefined ? undefined : baseline(against, candidate),
  };
}

/**
 * The report to compare with.
 *
 * @param against a report, or a folder of them: there a release has its own, a build that of its edition or of the newest
 *   release before it.
 */
function baseline(against: string, { name, edition, build }: Candidate): Report {
  if (against.endsWith('.json')) return readReport(against);
  return readReport(join(against, `${(build && newestUpTo(edition, against)) || name}.json`));
}

/** For `--dating`: a requirement that is not in force is judged too, as a NOTE. */
export function observedAt(edition: string, one: Case): Case {
  if (inForce(one, edition)) return one;
  const { until: _, mustSince: __, ...always } = one;
  return { ...always, since: OLDEST, level: 'NOTE' };
}
