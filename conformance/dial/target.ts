/** The target of a run: one or more deployments of a gateway, and what it declares about itself. */
import { NEWEST } from '../editions.ts';
import { secretsIn, type AddedHeader } from '../wire/added-headers.ts';
import { BOUNDS, type Bounds } from '../wire/bounds.ts';
import { passwordsIn, type Proxies } from '../wire/tunnel.ts';
import { PLAIN, type Dialect } from './dialect.ts';
import type { Probe } from './probe.ts';

/** One gateway instance with one configuration. */
export interface Deployment {
  /** As in `fixtures/deployments.json`. */
  readonly name: string;
  /** Without `/v1` and without a trailing slash. */
  readonly baseUrl: string;
  /** In mode `trusted-proxy` the credential is the password of clients past the proxy. */
  readonly auth: 'token' | 'password' | 'none' | 'trusted-proxy';
  readonly credential: string | undefined;
}

/** `core`: any OpenAI-compatible chat endpoint. `openclaw`: agents, sessions and deployments too. */
export type Profile = 'core' | 'openclaw';

/** What a gateway may lack and be faithful in all else. */
export const CAPABILITIES = ['models', 'tools', 'images', 'embeddings', 'sessions'] as const;
/** One of `CAPABILITIES`; the cases that need it are skipped without it. */
export type Capability = (typeof CAPABILITIES)[number];

/** What is judged. */
export interface Target extends Bounds {
  /** Its name in the report. */
  readonly name: string;
  /** The first one is used by every case that needs no other. */
  readonly deployments: readonly [Deployment, ...Deployment[]];
  /** The default agent first, then others that answer differently. */
  readonly agents: readonly [string, ...string[]];
  readonly edition: string;
  readonly profile: Profile;
  /** The value of `model` in profile core. */
  readonly model: string;
  /** Whether it plays the replies of `fixtures/replies`. */
  readonly scripted: boolean;
  readonly probe: Probe | undefined;
  /** What it declares is judged in full. Default: all. */
  readonly capabilities: readonly Capability[];
  /** What it calls what OpenClaw names. Default: the same. */
  readonly dialect?: Dialect;
  /** What its package lacks and the lab mended, a sentence each. Default: nothing. */
  readonly mended?: readonly string[];
  /** What every request carries beside its own headers. Default: nothing. */
  readonly headers?: readonly AddedHeader[];
  /** How it is reached. Default: without a proxy. */
  readonly proxies?: Proxies | undefined;
  /** Its certificate was not checked. Default: it was, where there is one. */
  readonly insecure?: boolean;
}

/** Defaults of `TargetOptions`. */
export const DEFAULTS = {
  agents: ['main'],
  edition: NEWEST,
  profile: 'openclaw',
  model: 'openclaw',
  scripted: false,
  probe: undefined,
  capabilities: CAPABILITIES,
  ...BOUNDS,
} as const satisfies Partial<Target>;

/**
 * The base URL of a gateway. Accepts `/v1` or the endpoint's whole path at the end, as SDKs have it.
 *
 * @throws {TypeError} when it is no URL of HTTP.
 */
export function originOf(url: string): string {
  const { origin, pathname, protocol } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') throw new TypeError(`${protocol} is not http`);
  return origin + pathname.replace(/\/+$/, '').replace(/\/v1(?:\/chat\/completions)?$/, '');
}

/** What a target of one deployment declares; everything has a default. */
export interface TargetOptions extends Partial<Omit<Target, 'deployments'>> {
  /** The gateway's token. Without token and password: a gateway without authentication. */
  readonly token?: string | undefined;
  readonly password?: string | undefined;
}

/**
 * A target with one deployment. For more, spread it and set `deployments`.
 *
 * @param url base URL of the gateway, with or without `/v1`.
 * @throws {TypeError} when it is no URL of HTTP.
 */
export function targetAt(url: string, { token, password, ...declared }: TargetOptions = {}): Target {
  const auth = token !== undefined ? 'token' : password !== undefined ? 'password' : 'none';
  const deployment = { name: auth, baseUrl: originOf(url), auth, credential: token ?? password } as const;
  return { ...DEFAULTS, name: 'the gateway', ...declared, deployments: [deployment] };
}

/** What decides which cases are judged: known before a gateway is started. */
export interface Declared extends Pick<Target, 'edition' | 'profile' | 'agents' | 'scripted' | 'capabilities'> {
  /** Undefined: there is none. */
  readonly probe: unknown;
  readonly deployments: readonly Pick<Deployment, 'name' | 'credential'>[];
}

/** Whether the target declares what a case needs. */
export function declares(target: Declared, need: Need): boolean {
  if (need === 'credential') return target.deployments[0]?.credential !== undefined;
  if (need === 'second-agent') return target.agents.length > 1;
  if (need === 'scripted') return target.scripted;
  if (need === 'probe') return target.probe !== undefined;
  if (isCapability(need)) return target.capabilities.includes(need);
  return target.deployments.some(({ name }) => need === `deploy:${name}`);
}

/** Whether a need, or a word of the user, is a capability. */
export function isCapability(word: string): word is Capability {
  return (CAPABILITIES as readonly string[]).includes(word);
}

/** The deployment of that name; undefined when the target has none. */
export function deploymentOf(target: Target, name: string): Deployment | undefined {
  return target.deployments.find((deployment) => deployment.name === name);
}

/** The value of `model` that names an agent. */
export const agentModel = ({ profile, model, dialect = PLAIN }: Target, agent: string): string =>
  profile === 'core' ? model : `${dialect.model}:${agent}`;

/** The credentials of all deployments, and of a proxy in front of them, which no output may contain. */
export function secretsOf({ deployments, headers = [], proxies }: Target): string[] {
  const own = deployments.flatMap(({ credential }) => credential ?? []);
  return [...own, ...secretsIn(headers), ...(proxies ? passwordsIn(proxies) : [])];
}

/**
 * What a target has to declare before a case can be judged. `credential`: its first deployment requires one.
 * `second-agent`: it has two agents. `scripted`: it plays `fixtures/replies`. `probe`: its model provider is the suite's.
 * A capability: it has it.
 * `deploy:X`: it has an instance with the configuration `X` of `fixtures/deployments.json`.
 */
export type Need = 'credential' | 'second-agent' | 'scripted' | 'probe' | Capability | `deploy:${string}`;
