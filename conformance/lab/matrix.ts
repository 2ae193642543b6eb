/** Releases × deployments: brings a release up in every deployment that it allows, judges it, takes it down. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { loadReplies } from '../../reference/backends/replies.ts';
import { scriptedBackend } from '../../reference/backends/scripted.ts';
import { UsageError } from '../arguments.ts';
import { ENDPOINT } from '../dial.ts';
import { Undecided } from '../expectation.ts';
import { judge, plan } from '../judge.ts';
import { play } from '../prompts.ts';
import { steady } from '../repeats.ts';
import { DEFAULTS } from '../target.ts';
import { fetchDirect } from '../wire/fetch.ts';
import { AGENTS, deploymentsAt } from './deployments.ts';
import { shareOf } from './gate-flags.ts';
import { observed } from './probe.ts';
import { freePort } from './port.ts';
import { startProvider } from './provider.ts';
import { withoutRaces } from './races.ts';
import { StartFailure, startRelease } from './release.ts';
import { room } from './room.ts';
import type { Case } from '../contract.ts';
import type { Judged, Options } from '../judge.ts';
import type { Started } from '../reports/report.ts';
import type { Deployment, Target } from '../target.ts';
import type { Candidate } from './candidates.ts';
import type { DeploymentRow } from './deployments.ts';
import type { Shard } from './gate-flags.ts';
import type { Running } from './release.ts';

/** What a gateway takes at most, in bytes. The newest take 960 MB when idle. */
export const MEMORY_EACH = 1.2 * 2 ** 30;

/** Starting keeps a core busy for seconds; all releases of a gate share the cores. */
const starts = room(availableParallelism());

export interface Outcome {
  readonly target: Target;
  readonly judged: readonly Judged[];
  /** Those that were up. */
  readonly gateways: readonly Started[];
  /** By deployment, what did not start, or was gone at the end. */
  readonly troubles: ReadonlyMap<string, string>;
  /** By deployment, what the gateways printed. */
  readonly logs: ReadonlyMap<string, string>;
}

export interface Round extends Options {
  /** Of the deployments that the release allows, these alone; empty: all. */
  readonly deployments: readonly string[];
  /** How often each case is judged. */
  readonly repeat: number;
  /** How long one exchange may take, in ms. */
  readonly patience: number;
  /** Where the gateways may write; whoever made it removes it. */
  readonly folder: string;
  readonly unisolated: boolean;
  /** How far it is. */
  readonly at: (doing: string, done: number, of: number) => void;
  /** All gateways are up, or have failed. */
  readonly settled: () => void;
}

/**
 * Judges one release in all its deployments; what needs one that does not start could not be judged. Must run inside a
 * loopback-only network namespace, unless something else is wanted.
 */
export async function judgeRelease(candidate: Candidate, cases: readonly Case[], options: Round): Promise<Outcome> {
  const backend = observed(scriptedBackend(await loadReplies()));
  const provider = await startProvider({ backend });
  const running = new Map<string, Running>();
  const troubles = new Map<string, string>();
  const logs = new Map<string, string>();
  try {
    const rows = neededDeployments(cases, candidate.edition, options);
    let started = 0;
    const begin = async (row: DeploymentRow): Promise<Deployment> => {
      const { name, auth, credential, serves } = row;
      let baseUrl = 'http://127.0.0.1:9';
      try {
        const gateway = await startOne(candidate, row, provider.url, options);
        running.set(name, gateway);
        baseUrl = gateway.url;
        if (serves) await warmed(gateway.url, credential);
      } catch (error) {
        troubles.set(name, error instanceof Error ? error.message : String(error));
        if (error instanceof StartFailure) logs.set(name, error.log);
      }
      options.at('starting', ++started, rows.length);
      return { name, baseUrl, auth, credential };
    };
    options.at('starting', 0, rows.length);
    const [first, ...others] = await Promise.all(rows.map((row) => starts.enter(0, () => begin(row))));
    options.settled();
    const target: Target = {
      ...everythingAt(candidate.edition),
      name: `openclaw ${candidate.name}`,
      deployments: [first!, ...others],
      probe: backend.probe,
      patience: options.patience,
    };
    const judged = await judgedOften(standing(cases, target, troubles), target, options);
    for (const [name, gateway] of running) {
      logs.set(name, gateway.log());
      if (!gateway.alive()) troubles.set(name, `openclaw@${candidate.name} (${name}) ended while it was judged.`);
    }
    const gateways = [...running].map(([deployment, { startMs, memory }]) => {
      return { deployment, startMs: Math.round(startMs), memoryMiB: Math.round(memory / 2 ** 20) };
    });
    return { target, judged, gateways, troubles, logs };
  } finally {
    options.settled();
    await Promise.all([...running.values()].map((gateway) => gateway.stop()));
    await provider.close();
  }
}

async function startOne(
  { name: release, installed }: Candidate,
  { name, config, env, credential }: DeploymentRow,
  providerUrl: string,
  { folder, unisolated }: Round,
): Promise<Running> {
  if ('trouble' in installed) throw new Error(installed.trouble);
  return startRelease({
    installed,
    deployment: { name, env, credential: credential ?? null },
    config,
    providerUrl,
    port: await freePort(),
    folder: join(folder, `${release}-${name}`),
    unisolated,
  });
}

/** The cases, of which those that need what did not start cannot be judged. Without the primary nothing can. */
function standing(cases: readonly Case[], target: Target, troubles: ReadonlyMap<string, string>): Case[] {
  const [primary] = target.deployments;
  return cases.map((one) => {
    const needed = [primary.name, ...one.needs.map((need) => need.replace(/^deploy:/, ''))];
    const [trouble] = needed.flatMap((name) => troubles.get(name) ?? []);
    if (trouble === undefined) return one;
    // What it is, and the last of its last words.
    const [what, ...words] = trouble.split('\n');
    const reason = [what, ...words.slice(-1)].join(' ');
    return { ...one, holds: () => Promise.reject(new Undecided(reason)) };
  });
}

async function judgedOften(cases: readonly Case[], target: Target, options: Round): Promise<Judged[]> {
  const planned = plan(cases, target, options.only).length * options.repeat;
  const verdicts = new Map<string, Judged[]>();
  let done = 0;
  options.at('judging', 0, planned);
  for (let round = 0; round < options.repeat; round++) {
    const judged: Judged[] = [];
    for await (const one of judge(cases, target, { ...options, seed: (options.seed ?? 1) + round })) {
      judged.push(one);
      if (one.verdict !== 'skip') options.at('judging', ++done, planned);
    }
    const again = (id: string): Promise<Judged> => judgedAlone(cases, target, { ...options, only: [id] }, id);
    for (const one of await withoutRaces(judged, target.edition, again)) {
      verdicts.set(one.id, [...(verdicts.get(one.id) ?? []), one]);
    }
  }
  return [...verdicts.values()].map(steady);
}

async function judgedAlone(cases: readonly Case[], target: Target, options: Round, id: string): Promise<Judged> {
  const judged = await Array.fromAsync(
    judge(
      cases.filter((one) => one.id === id),
      target,
      options,
    ),
  );
  return judged[0]!;
}

/** The primary deployment, and those without which some case that was asked for could not run. */
export function neededDeployments(
  cases: readonly Case[],
  edition: string,
  { only, deployments }: Pick<Round, 'only' | 'deployments'>,
): DeploymentRow[] {
  const rows = deploymentsAt(edition, deployments);
  // The cases that ask for no deployment go to the first one.
  const primary = rows.find(({ serves }) => serves);
  const ordered = rows.toSorted((a, b) => Number(b === primary) - Number(a === primary));
  const all = ordered.map((row) => ({ ...row, baseUrl: '' })) as unknown as Target['deployments'];
  const needs = plan(cases, { ...everythingAt(edition), deployments: all }, only).flatMap(({ needs }) => needs);
  return ordered.filter((row, at) => at === 0 || needs.includes(`deploy:${row.name}`));
}

/**
 * The ids of the cases that are one machine's to judge.
 *
 * @param wanted of all cases, as the command line says.
 */
export function shareOfCases(
  cases: readonly Case[],
  edition: string,
  wanted: Pick<Round, 'only' | 'deployments'>,
  shard: Shard,
): string[] {
  const [first, ...others] = neededDeployments(cases, edition, wanted).map((row) => ({ ...row, baseUrl: '' }));
  const target: Target = { ...everythingAt(edition), deployments: [first!, ...others] };
  const share = shareOf(plan(cases, target, wanted.only), shard).map(({ id }) => id);
  if (share.length > 0) return share;
  throw new UsageError(`Failed to read --shard: expected no more parts than cases, got ${shard.of} of them.`);
}

/** What a target of the lab declares. */
function everythingAt(edition: string): Omit<Target, 'deployments'> {
  const probe = { asked: () => [], wait: () => Promise.resolve([]) };
  return { ...DEFAULTS, name: edition, edition, agents: AGENTS, scripted: true, probe };
}

/** The first run of a gateway loads much of it, for seconds: that is not what a case measures. */
async function warmed(url: string, credential: string | undefined): Promise<void> {
  const response = await fetchDirect(url + ENDPOINT, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(credential && { authorization: `Bearer ${credential}` }) },
    body: JSON.stringify({ model: `openclaw:${AGENTS[0]}`, messages: [{ role: 'user', content: play('one-word') }] }),
  });
  await response.arrayBuffer();
}
