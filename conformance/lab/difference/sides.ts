/** The two gateways to compare: a real release, and the reference as that release, with the same model provider. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Backend } from '../../../reference/backends/backend.ts';
import { loadReplies } from '../../../reference/backends/scripted/replies.ts';
import { scriptedBackend } from '../../../reference/backends/scripted/scripted.ts';
import { upstreamBackend } from '../../../reference/backends/upstream.ts';
import { createGateway } from '../../../reference/gateway.ts';
import { readOptions } from '../../../reference/options.ts';
import { UsageError } from '../../usage-error.ts';
import { admission } from '../admission.ts';
import { startProvider } from '../provider/provider.ts';
import type { Candidate } from '../releases/candidates.ts';
import { configure } from '../releases/configuration.ts';
import { freePort } from '../releases/port.ts';
import { startRelease } from '../releases/release.ts';
import type { Place } from './asking.ts';
import { deploymentNamed } from './deployments.ts';

/** One gateway in several deployments. */
export interface Side {
  /** The running gateways by the deployment's name. */
  readonly places: ReadonlyMap<string, Place>;
  /** The number of requests that one deployment gets at once. */
  readonly lanes: number;
  close(): Promise<void>;
}

/** The token count of every prompt: releases add thousands of words of their own to it, whose count is not compared. */
const PROMPT_TOKENS = 42;

/** The scripted replies, with the same token count for every prompt. */
async function model(): Promise<Backend> {
  const backend = scriptedBackend(await loadReplies());
  return {
    async *run(run, signal) {
      for await (const event of backend.run(run, signal)) {
        yield event.type === 'usage' ? { ...event, input: PROMPT_TOKENS } : event;
      }
    },
  };
}

/**
 * Starts the reference as a release, its mistakes included, on free ports of loopback, with the release's configuration.
 *
 * @param deployments their names.
 * @throws {UsageError} when there is no such edition.
 */
export async function startReference(edition: string, deployments: readonly string[]): Promise<Side> {
  const provider = await startProvider({ backend: await model() });
  try {
    const started = await Promise.all(
      deployments.map(async (name) => {
        const { config, env, credential } = deploymentNamed(name);
        const configuration = configure(config, { port: 0, providerUrl: provider.url, folder: '/nowhere' });
        const options = readOptions({
          config: JSON.stringify(configuration),
          env,
          overrides: { port: 0, edition, asReleased: true },
        });
        const key = { OPENAI_API_KEY: 'kit-provider-key' };
        const backend = upstreamBackend({ ...options, url: provider.url, env: key });
        const gateway = createGateway({ ...options, backend });
        return { name, gateway, place: { url: await gateway.listen(), credential: credential ?? undefined } };
      }),
    );
    return {
      places: new Map(started.map(({ name, place }) => [name, place])),
      lanes: 8,
      async close() {
        await Promise.all(started.map(({ gateway }) => gateway.close(0)));
        await provider.close();
      },
    };
  } catch (cause) {
    await provider.close();
    throw cause instanceof Error && cause.message.startsWith('Failed') ? new UsageError(cause.message) : cause;
  }
}

/** One start at a time per core: each keeps a core busy for seconds. */
const starts = admission(availableParallelism());

/**
 * Starts a release in every deployment. Must run in a loopback-only network namespace.
 *
 * @param deployments their names.
 * @param folder the folder that the gateways may write to. The code that passes it creates and removes it.
 * @throws {Error} when it is not installed, or a deployment does not start.
 */
export async function startReal(
  { name: release, installed }: Candidate,
  deployments: readonly string[],
  folder: string,
): Promise<Side> {
  if ('trouble' in installed) throw new Error(installed.trouble);
  const provider = await startProvider({ backend: await model() });
  const begun = deployments.map((name) =>
    starts.enter(0, async () => {
      const deployment = deploymentNamed(name);
      const own = join(folder, `${release}-${name}`);
      const gateway = await startRelease({
        installed,
        deployment,
        config: deployment.config,
        providerUrl: provider.url,
        port: await freePort(),
        folder: own,
      });
      const { credential } = deployment;
      return { name, gateway, place: { url: gateway.url, credential: credential ?? undefined, folder: own } };
    }),
  );
  const settled = await Promise.allSettled(begun);
  const started = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const close = async (): Promise<void> => {
    await Promise.all(started.map(({ gateway }) => gateway.stop()));
    await provider.close();
  };
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed !== undefined) {
    await close();
    throw failed.reason;
  }
  // Older releases fail under more than 2 requests at once.
  return { places: new Map(started.map(({ name, place }) => [name, place])), lanes: 2, close };
}
