/** Who is judged: one or more deployments of a gateway, and what it declares about itself. */
import { NEWEST } from '../editions.ts';
import { BOUNDS, type Bounds } from '../wire/bounds.ts';
import type { Probe } from './probe.ts';

/** One gateway instance with one configuration. */
export interface Deployment {
  /** As in `fixtures/deployments.json`. */
  readonly name: string;
  /** Without `/v1` and without a slash at the end. */
  readonly baseUrl: string;
  readonly auth: 'token' | 'password' | 'none';
  readonly credential: string | undefined;
}

/** `core`: any OpenAI-compatible chat endpoint. `openclaw`: agents, sessions and deployments too. */
export type Profile = 'core' | 'openclaw';

export interface Target extends Bounds {
  /** What the report calls it. */
  readonly name: string;
  /** The first one is where every case goes that asks for no other. */
  readonly deployments: readonly [Deployment, ...Deployment[]];
  /** The default agent first, then others that answer differently. */
  readonly agents: readonly [string, ...string[]];
  readonly edition: string;
  readonly profile: Profile;
  /** What is sent as `model` in profile core. */
  readonly model: string;
  /** It plays the replies of `fixtures/replies`. */
  readonly scripted: boolean;
  readonly probe: Probe | undefined;
}

export const DEFAULTS = {
  agents: ['main'],
  edition: NEWEST,
  profile: 'openclaw',
  model: 'openclaw',
  scripted: false,
  probe: undefined,
  ...BOUNDS,
} as const satisfies Partial<Target>;

/** Accepts a gateway's address with or without `/v1` or the endpoint's whole path, as SDKs and people write it. */
export function originOf(url: string): string {
  const { origin, pathname, protocol } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') throw new TypeError(`${protocol} is not http`);
  return origin + pathname.replace(/\/+$/, '').replace(/\/v1(?:\/chat\/completions)?$/, '');
}

/** What a target of one deployment may say about itself; everything has a default. */
export interface TargetOptions extends Partial<Omit<Target, 'deployments'>> {
  /** The gateway's token. Neither token nor password: a gateway that asks for none. */
  readonly token?: string | undefined;
  readonly password?: string | undefined;
}

/**
 * A target of one deployment. For more of them, spread it and name the `deployments`.
 *
 * @param url of the gateway, with or without `/v1`.
 * @throws {TypeError} when it is no address of HTTP.
 */
export function targetAt(url: string, { token, password, ...declared }: TargetOptions = {}): Target {
  const auth = token !== undefined ? 'token' : password !== undefined ? 'password' : 'none';
  const deployment = { name: auth, baseUrl: originOf(url), auth, credential: token ?? password } as const;
  return { ...DEFAULTS, name: 'the gateway', ...declared, deployments: [deployment] };
}

export function declares(target: Target, need: Need): boolean {
  if (need === 'credential') return target.deployments[0].credential !== undefined;
  if (need === 'second-agent') return target.agents.length > 1;
  if (need === 'scripted') return target.scripted;
  if (need === 'probe') return target.probe !== undefined;
  return deploymentOf(target, need.slice('deploy:'.length)) !== undefined;
}

export function deploymentOf(target: Target, name: string): Deployment | undefined {
  return target.deployments.find((deployment) => deployment.name === name);
}

/** Every secret that must not appear in anything that is written. */
export function secretsOf(target: Target): string[] {
  return target.deployments.flatMap(({ credential }) => credential ?? []);
}

/**
 * What a target has to declare before a case can be judged.
 * `credential`: its primary deployment asks for one. `scripted`: it plays `fixtures/replies`. `probe`: a model provider
 * of ours stands behind it.
 * `deploy:X`: an instance with the configuration `X` of `fixtures/deployments.json`.
 */
export type Need = 'credential' | 'second-agent' | 'scripted' | 'probe' | `deploy:${string}`;
