/** The reference as a target: every deployment in this process, with the probe in front of its backend. */
import { loadReplies } from '../../reference/backends/replies.ts';
import { scriptedBackend } from '../../reference/backends/scripted.ts';
import { createGateway } from '../../reference/gateway.ts';
import { readOptions } from '../../reference/options.ts';
import { DEFAULTS } from '../target.ts';
import { AGENTS, deploymentsAt } from './deployments.ts';
import { observed } from './probe.ts';
import { waiversOf } from './waived.ts';
import type { Deployment, Target } from '../target.ts';
import type { Waiver } from '../waivers.ts';

/** Known failures that the reference does not play: it is not made slow to be like a release. */
const UNPLAYED = ['streaming.long'];

export interface Embedded {
  readonly target: Target;
  /** What the faults of the release break, when they are played; else nothing. */
  readonly waivers: readonly Waiver[];
  close(): Promise<void>;
}

/** Listens on free ports of loopback. */
export async function startEmbedded(
  options: { edition?: string; asReleased?: boolean; patience?: number } = {},
): Promise<Embedded> {
  const { edition = DEFAULTS.edition, asReleased = false, patience = DEFAULTS.patience } = options;
  const backend = observed(scriptedBackend(await loadReplies()));
  const started = await Promise.all(
    deploymentsAt(edition).map(async ({ name, config, env, auth, credential }) => {
      const read = readOptions({ config, env, overrides: { port: 0, edition, asReleased } });
      const gateway = createGateway({ ...read, backend });
      const deployment: Deployment = { name, baseUrl: await gateway.listen(), auth, credential };
      return { gateway, deployment };
    }),
  );
  const [first, ...others] = started.map(({ deployment }) => deployment);
  return {
    target: {
      ...DEFAULTS,
      name: asReleased ? `the reference as released in ${edition}` : 'the reference',
      deployments: [first!, ...others],
      agents: AGENTS,
      edition,
      scripted: true,
      probe: backend.probe,
      patience,
    },
    waivers: asReleased ? waiversOf({ edition, build: false }).filter(({ id }) => !UNPLAYED.includes(id)) : [],
    async close() {
      await Promise.all(started.map(({ gateway }) => gateway.close(0)));
    },
  };
}
