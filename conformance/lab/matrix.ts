/** Releases × deployments: brings a real release up in every deployment that it allows, judges it, takes it down. */
import { createServer } from 'node:net';
import { join } from 'node:path';
import { loadReplies } from '../../reference/backends/replies.ts';
import { scriptedBackend } from '../../reference/backends/scripted.ts';
import { ENDPOINT } from '../dial.ts';
import { judge, plan } from '../judge.ts';
import { play } from '../prompts.ts';
import { DEFAULTS } from '../target.ts';
import { AGENTS, deploymentsAt } from './deployments.ts';
import { observed } from './probe.ts';
import { startProvider } from './provider.ts';
import { startRelease } from './release.ts';
import type { Case } from '../contract.ts';
import type { Judged, Options } from '../judge.ts';
import type { Deployment, Target } from '../target.ts';
import type { AddressInfo } from 'node:net';
import type { Installed } from './install.ts';
import type { Running } from './release.ts';

/** How many gateways start at once: each keeps a core busy for seconds. */
const STARTING_AT_ONCE = 2;

export interface Outcome {
  readonly target: Target;
  readonly judged: readonly Judged[];
  /** Of the slowest deployment, in ms. */
  readonly startMs: number;
  /** Of all deployments together, in bytes. */
  readonly memory: number;
  /** The last lines of the primary deployment's log. */
  readonly log: string;
}

/**
 * Judges one release in all its deployments. Must run inside a loopback-only network namespace.
 *
 * `folder` is where the gateways may write; whoever made it removes it. `log` takes one line at a time.
 */
export async function judgeRelease(
  installed: Installed,
  cases: readonly Case[],
  options: Options & { patience: number; folder: string; log: (line: string) => void },
): Promise<Outcome> {
  const { version } = installed;
  const { log, patience, folder } = options;
  const backend = observed(scriptedBackend(await loadReplies()));
  const provider = await startProvider({ backend });
  const running: Running[] = [];
  try {
    const rows = deploymentsAt(version);
    const needed = neededDeployments(cases, version, options.only);
    const chosen = rows.filter(({ name }, at) => at === 0 || needed.has(name));
    log(`starting ${chosen.length} deployments: ${chosen.map(({ name }) => name).join(', ')}`);
    const deployments = await bounded(chosen, STARTING_AT_ONCE, async (row): Promise<Deployment> => {
      const { name, config, env, auth, credential, serves } = row;
      const place = { providerUrl: provider.url, port: await freePort(), folder: join(folder, `${version}-${name}`) };
      const deployment = { name, env, credential: credential ?? null };
      const gateway = await startRelease({ installed, deployment, config, ...place });
      running.push(gateway);
      if (serves) await warmed(gateway.url, credential);
      return { name, baseUrl: gateway.url, auth, credential };
    });
    const [first, ...others] = deployments;
    const target: Target = {
      ...DEFAULTS,
      name: `openclaw ${version}`,
      deployments: [first!, ...others],
      agents: AGENTS,
      edition: version,
      scripted: true,
      probe: backend.probe,
      patience,
    };
    const startMs = Math.max(...running.map((gateway) => gateway.startMs));
    const memory = running.reduce((sum, gateway) => sum + gateway.memory, 0);
    log(`ready: the slowest after ${(startMs / 1000).toFixed(1)} s, ${Math.round(memory / 2 ** 20)} MiB together`);
    const planned = plan(cases, target, options.only).length;
    const began = performance.now();
    const judged: Judged[] = [];
    for await (const one of judge(cases, target, options)) {
      judged.push(one);
      const done = judged.filter(({ verdict }) => verdict !== 'skip').length;
      if (one.verdict !== 'skip' && done % 25 === 0) log(`judged ${done} of ${planned}`);
    }
    log(`judged ${planned} cases in ${((performance.now() - began) / 1000).toFixed(1)} s`);
    return { target, judged, startMs, memory, log: running[0]!.log() };
  } finally {
    await Promise.all(running.map((gateway) => gateway.stop()));
    await provider.close();
  }
}

/** The deployments without which some case that was asked for could not run. */
function neededDeployments(cases: readonly Case[], version: string, only: readonly string[] = []): Set<string> {
  const everything: Target = {
    ...DEFAULTS,
    name: version,
    edition: version,
    deployments: deploymentsAt(version).map((row) => ({ ...row, baseUrl: '' })) as unknown as Target['deployments'],
    agents: AGENTS,
    scripted: true,
    probe: { asked: () => [], wait: () => Promise.resolve([]) },
  };
  const needs = plan(cases, everything, only).flatMap(({ needs }) => needs);
  return new Set(needs.flatMap((need) => (need.startsWith('deploy:') ? need.slice('deploy:'.length) : [])));
}

/** The first run of a gateway loads much of it, for seconds: that is not what a case measures. */
async function warmed(url: string, credential: string | undefined): Promise<void> {
  const response = await fetch(url + ENDPOINT, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(credential && { authorization: `Bearer ${credential}` }) },
    body: JSON.stringify({ model: `openclaw:${AGENTS[0]}`, messages: [{ role: 'user', content: play('one-word') }] }),
  });
  await response.arrayBuffer();
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** In order, and no more than `most` at once. Waits for all that were begun, then throws the first failure. */
async function bounded<In, Out>(items: readonly In[], most: number, work: (item: In) => Promise<Out>): Promise<Out[]> {
  const out: Out[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const at = next++;
      out[at] = await work(items[at]!);
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(most, items.length) }, worker));
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
  return out;
}
