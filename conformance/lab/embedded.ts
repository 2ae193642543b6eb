/** The reference as a target: every deployment in this process, with the probe as their backend. */
import { loadReplies } from '../../reference/backends/scripted/replies.ts';
import { scriptedBackend } from '../../reference/backends/scripted/scripted.ts';
import { createGateway } from '../../reference/gateway.ts';
import { readOptions } from '../../reference/options.ts';
import { DEFAULTS, type Deployment, type Target } from '../dial/target.ts';
import type { Waiver } from '../judging/waivers.ts';
import { AGENTS, deploymentsAt } from './deployments.ts';
import { observed } from './provider/observed-backend.ts';
import { waiversOf } from './release-waivers.ts';

/** Waived requirements that the reference keeps even as released: it does not imitate a release's slowness. */
const UNPLAYED = ['streaming.long'];

/** The running reference. */
export interface Embedded {
  readonly target: Target;
  /** The waivers for the release's mistakes when `asReleased`; otherwise none. */
  readonly waivers: readonly Waiver[];
  close(): Promise<void>;
}

/**
 * Starts every deployment on a free port of loopback.
 *
 * @param options.edition The edition to imitate. Default: the newest.
 * @param options.asReleased Whether to make the mistakes of that release. Default: false.
 * @param options.patience Time for one exchange, in ms. Default: that of `DEFAULTS`.
 */
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
