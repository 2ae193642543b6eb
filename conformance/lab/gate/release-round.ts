/** Judges one release: starts it in every deployment that it supports, judges it, stops it. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { loadReplies } from '../../../reference/backends/scripted/replies.ts';
import { scriptedBackend } from '../../../reference/backends/scripted/scripted.ts';
import { ENDPOINT } from '../../dial/dial.ts';
import { PLAIN, mendText, modelIn } from '../../dial/dialect.ts';
import type { Deployment, Target } from '../../dial/target.ts';
import { judge, plan, type Judged, type Options } from '../../judging/judge.ts';
import type { Waiver } from '../../judging/waivers.ts';
import { steady } from '../../judging/steadiness.ts';
import type { Started } from '../../reports/report.ts';
import { Undecided } from '../../undecided.ts';
import type { Case } from '../../vocabulary/chapter.ts';
import { play } from '../../vocabulary/prompts.ts';
import type { Bounds } from '../../wire/bounds.ts';
import { fetchDirect } from '../../wire/fetch.ts';
import { admission } from '../admission.ts';
import { AGENTS, type DeploymentRow } from '../deployments.ts';
import { observed } from '../provider/observed-backend.ts';
import { startProvider } from '../provider/provider.ts';
import type { Candidate } from '../releases/candidates.ts';
import { freePort } from '../releases/port.ts';
import { StartFailure, startRelease, type Running } from '../releases/release.ts';
import { LAB } from './plan.ts';
import { withoutRaces } from './races.ts';

/** Memory to reserve for one gateway, in bytes. The newest take 960 MB when idle. */
export const MEMORY_EACH = 1.2 * 2 ** 30;

/** One start at a time per core, over all releases of a gate: each keeps a core busy for seconds. */
const starts = admission(availableParallelism());

/** The result for one release. */
export interface Outcome {
  readonly target: Target;
  readonly judged: readonly Judged[];
  /** The gateways that started. */
  readonly gateways: readonly Started[];
  /** By deployment: why its gateway did not start, or that it had ended before the judging did. */
  readonly troubles: ReadonlyMap<string, string>;
  /** By deployment: the gateway's output. */
  readonly logs: ReadonlyMap<string, string>;
}

/** What a gateway is judged by, once its edition is found. */
export interface Dated {
  readonly edition: string;
  readonly waivers: readonly Waiver[];
}

/** The options for one release. */
export interface Round extends Options {
  /** The primary one first. */
  readonly deployments: readonly [DeploymentRow, ...DeploymentRow[]];
  /** How often each case is judged. */
  readonly repeat: number;
  /** The limits of one exchange. */
  readonly bounds: Bounds;
  /** The folder that the gateways may write to. The code that passes it creates and removes it. */
  readonly folder: string;
  /** Whether to start the gateways outside a loopback-only namespace. */
  readonly unisolated: boolean;
  /** Finds the edition by what the gateway keeps, and the waivers with it. Default: the candidate's. */
  readonly dated?: ((target: Target) => Promise<Dated | undefined>) | undefined;
  /** Takes the progress: `done` of `of` steps of `doing`. */
  readonly at: (doing: string, done: number, of: number) => void;
  /** Called when all gateways have started or failed, and again at the end. */
  readonly settled: () => void;
}

/**
 * Judges one release in all its deployments. Cases that need a deployment that does not start get the verdict error. Must
 * run in a loopback-only network namespace, unless `unisolated`.
 */
export async function judgeRelease(candidate: Candidate, cases: readonly Case[], options: Round): Promise<Outcome> {
  const backend = observed(scriptedBackend(await loadReplies()));
  const provider = await startProvider({ backend });
  const running = new Map<string, Running>();
  const troubles = new Map<string, string>();
  const logs = new Map<string, string>();
  try {
    const [primary, ...others] = options.deployments;
    const count = others.length + 1;
    let started = 0;
    const begin = async (row: DeploymentRow): Promise<Deployment> => {
      const { name, auth, credential, serves } = row;
      let baseUrl = 'http://127.0.0.1:9';
      try {
        const gateway = await startOne(candidate, row, provider.url, options);
        running.set(name, gateway);
        baseUrl = gateway.url;
        if (serves) await warmed(gateway.url, credential, candidate);
      } catch (cause) {
        troubles.set(name, cause instanceof Error ? cause.message : String(cause));
        if (cause instanceof StartFailure) logs.set(name, cause.log);
      }
      options.at('starting', ++started, count);
      return { name, baseUrl, auth, credential };
    };
    options.at('starting', 0, count);
    const enter = (row: DeploymentRow): Promise<Deployment> => starts.enter(0, () => begin(row));
    const deployments = await Promise.all([enter(primary), ...others.map(enter)]);
    options.settled();
    const target: Target = {
      ...LAB,
      name: candidate.title,
      ...spokenBy(candidate),
      edition: candidate.edition,
      deployments,
      probe: backend.probe,
      ...options.bounds,
    };
    const found = troubles.has(primary.name) ? undefined : await options.dated?.(target);
    const dated = { ...target, edition: found?.edition ?? target.edition };
    const waivers = found?.waivers ?? options.waivers ?? [];
    const judged = await judgedOften(standing(cases, dated, troubles), dated, { ...options, waivers });
    for (const [name, gateway] of running) {
      logs.set(name, gateway.log());
      if (!gateway.alive()) troubles.set(name, `${candidate.title} (${name}) ended before the judging did.`);
    }
    const gateways = [...running].map(([deployment, { startMs, memory }]) => {
      return { deployment, startMs: Math.round(startMs), memoryMiB: Math.round(memory / 2 ** 20) };
    });
    return { target: dated, judged, gateways, troubles, logs };
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

/** The cases; those that need a deployment that did not start end as undecided. Every case needs the primary one. */
function standing(cases: readonly Case[], target: Target, troubles: ReadonlyMap<string, string>): Case[] {
  const [primary] = target.deployments;
  return cases.map((one) => {
    const needed = [primary.name, ...one.needs.map((need) => need.replace(/^deploy:/, ''))];
    const [trouble] = needed.flatMap((name) => troubles.get(name) ?? []);
    if (trouble === undefined) return one;
    // The failure, and the last line of the log.
    const [failure, ...lines] = trouble.split('\n');
    const reason = [failure, ...lines.slice(-1)].join(' ');
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

/** What it calls what OpenClaw names, and what was mended; nothing of what is not installed. */
const spokenBy = ({ installed }: Candidate): Pick<Target, 'dialect' | 'mended'> =>
  'trouble' in installed ? {} : { dialect: installed.dialect, mended: installed.dialect.mends.map(mendText) };

/** Runs one request, because a gateway loads code for seconds on its first run, and a case must not measure that. */
async function warmed(url: string, credential: string | undefined, candidate: Candidate): Promise<void> {
  const { dialect = PLAIN } = spokenBy(candidate);
  const response = await fetchDirect(url + ENDPOINT, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(credential && { authorization: `Bearer ${credential}` }) },
    body: JSON.stringify({
      model: modelIn(dialect, `openclaw:${AGENTS[0]}`),
      messages: [{ role: 'user', content: play('one-word') }],
    }),
  });
  await response.arrayBuffer();
}
