/**
 * Every option of the reference and its default. The configuration is OpenClaw's own file, so that one file starts
 * the reference and a real release alike. These keys are read, all others are ignored:
 *
 * - `gateway.port` (18789), `gateway.bind` ("loopback" or "lan"; loopback)
 * - `gateway.auth.mode` ("token", "password", "none", "trusted-proxy"), `gateway.auth.token`, `gateway.auth.password`,
 *   `gateway.auth.rateLimit.{maxAttempts,windowMs,lockoutMs,exemptLoopback}`
 * - `gateway.auth.trustedProxy.{userHeader,requiredHeaders,allowUsers,allowLoopback}`, `gateway.trustedProxies` (none),
 *   `gateway.allowRealIpFallback` (false), `gateway.controlUi.allowedOrigins` (none)
 * - `gateway.http.securityHeaders.strictTransportSecurity` (false)
 * - `gateway.http.endpoints.chatCompletions.enabled` (false)
 * - `agents.list[].{id,default,model}`, or `agents.entries.<id>.{default,model}`, and `agents.defaults.model`;
 *   without agents there is one, `main`
 * - `memory.search.{enabled,provider,model,outputDimensionality}`, or `agents.defaults.memorySearch`: the embedding model
 * - `tools.toolSearch` (true), which matters to releases that hide the client's tools behind it
 *
 * `OPENCLAW_GATEWAY_TOKEN` and `OPENCLAW_GATEWAY_PASSWORD` are used for a secret that the file does not have.
 * Source: https://docs.openclaw.ai/gateway/configuration
 */

import { readFileSync } from 'node:fs';
import JSON5 from 'json5';
import { z } from 'zod';
import { AuthConfig, isLoopback, readAuth, type Auth, type ProxyTrust } from './authentication.ts';
import { behaviour } from './editions/editions.ts';
import { NEWEST } from './editions/trait.ts';
import { issueText } from './issue.ts';

export type { Auth } from './authentication.ts';

/**
 * After `maxAttempts` wrong secrets within `windowMs`, an address is refused for `lockoutMs`. Default: 10, 60 000 and
 * 300 000, loopback exempt.
 */
export interface RateLimit {
  readonly maxAttempts: number;
  readonly windowMs: number;
  readonly lockoutMs: number;
  /** Whether loopback addresses are never locked out. */
  readonly exemptLoopback: boolean;
}

/** A configured agent. */
export interface Agent {
  /** In lower case, as `AGENT_ID` matches it. */
  readonly id: string;
  readonly default: boolean;
  /** The model that the upstream backend requests for this agent; absent when none is configured. */
  readonly model?: string;
}

/** What embeddings are made with. */
export interface EmbeddingSetup {
  /** In lower case. */
  readonly provider: string;
  readonly model: string;
  /** How long vectors are that a call says nothing about. Default: the model's own length. */
  readonly dimensions?: number | undefined;
}

/** The options of a gateway, as `readOptions` gives them. */
export interface Options {
  /** The address to listen on. */
  readonly host: string;
  /** 0 is any free port. */
  readonly port: number;
  readonly auth: Auth;
  readonly rateLimit: RateLimit;
  /** Which proxies are believed. Default: none. */
  readonly trust?: ProxyTrust;
  /** The pages that may call where clients need no secret. Default: those of this machine. */
  readonly allowedOrigins?: readonly string[];
  /** The value of `Strict-Transport-Security` in every answer. Default: it is not sent. */
  readonly strictTransportSecurity?: string;
  /** Whether `POST /v1/chat/completions` is served. */
  readonly enabled: boolean;
  /** At least one; exactly one is the default. */
  readonly agents: readonly Agent[];
  /** `agents.defaults.model`: what an agent thinks with that is not configured, in editions that run one. */
  readonly defaultModel?: string;
  /** The release whose contract is kept, such as `2026.9.6`. */
  readonly edition: string;
  /** Whether the mistakes of that release are reproduced as well. Default: false. */
  readonly asReleased?: boolean;
  /** The embedding model. Absent: embeddings fail. */
  readonly embeddings?: EmbeddingSetup;
  /** Whether agents may have to search for the client's tools. Default: true. */
  readonly toolSearch?: boolean;
}

/** Where options are read from; every field is optional. */
export interface Source {
  /** The configuration as JSON5 text. Takes precedence over `file`. */
  readonly config?: string;
  /** The path of a configuration file. */
  readonly file?: string;
  /** The environment. Default: empty. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Values that take precedence over the configuration. */
  readonly overrides?: {
    readonly host?: string | undefined;
    readonly port?: number | undefined;
    readonly edition?: string | undefined;
    readonly asReleased?: boolean | undefined;
  };
}

const RATE_LIMIT: RateLimit = { maxAttempts: 10, windowMs: 60_000, lockoutMs: 300_000, exemptLoopback: true };

const HOSTS = { loopback: '127.0.0.1', lan: '0.0.0.0' };

const model = z.union([z.string(), z.object({ primary: z.string().optional() }).transform((m) => m.primary)]);
const agent = z.object({ default: z.boolean().optional(), model: model.optional() });
const search = z
  .object({ enabled: z.boolean(), provider: z.string(), model: z.string(), outputDimensionality: z.int().min(1) })
  .partial();
const port = z.int().min(0).max(65_535);

const Config = z.object({
  gateway: z
    .object({
      port: port.optional(),
      bind: z.enum(['loopback', 'lan']).optional(),
      auth: AuthConfig.optional(),
      trustedProxies: z.array(z.string()).optional(),
      allowRealIpFallback: z.boolean().optional(),
      controlUi: z.object({ allowedOrigins: z.array(z.string()).optional() }).optional(),
      http: z
        .object({
          endpoints: z.object({ chatCompletions: z.object({ enabled: z.boolean().optional() }).optional() }).optional(),
          securityHeaders: z
            .object({ strictTransportSecurity: z.union([z.string(), z.literal(false)]) })
            .partial()
            .optional(),
        })
        .optional(),
    })
    .optional(),
  agents: z
    .object({
      defaults: z.object({ model: model.optional(), memorySearch: search.optional() }).optional(),
      list: z.array(agent.extend({ id: z.string() })).optional(),
      entries: z.record(z.string(), agent).optional(),
    })
    .optional(),
  memory: z.object({ search: search.optional() }).optional(),
  tools: z.object({ toolSearch: z.unknown() }).partial().optional(),
});
type Config = z.infer<typeof Config>;

/**
 * Reads options from OpenClaw's configuration and environment.
 *
 * @throws {Error} in one line that names the key or variable: for a file that cannot be read, a value of a wrong type,
 * a missing secret, a key that the edition does not have, mode `none` on an address that other machines can reach, or
 * mode `trusted-proxy` that no proxy can use.
 */
export function readOptions({ config, file, env = {}, overrides = {} }: Source): Options {
  const {
    gateway = {},
    agents = {},
    memory = {},
    tools = {},
  } = readConfig(config ?? (file === undefined ? '{}' : readText(file)), file);
  const edition = overrides.edition ?? NEWEST;
  const { openMode, proxyMode, rateLimit: mayLimit } = behaviour(edition);
  const trust = { proxies: gateway.trustedProxies ?? [], realIp: gateway.allowRealIpFallback ?? false };
  const auth = readAuth(gateway.auth, trust, env);
  const host = overrides.host ?? HOSTS[gateway.bind ?? 'loopback'];
  if (auth.mode === 'none' && !openMode) throw tooEarly('gateway.auth.mode "none"', edition, '2026.2.19');
  if (auth.mode === 'trusted-proxy' && !proxyMode)
    throw tooEarly('gateway.auth.mode "trusted-proxy"', edition, '2026.3.24');
  if (auth.mode === 'none' && !isLoopback(host)) {
    throw new Error(
      `Failed to start: expected a loopback host with gateway.auth.mode "none", got ${host}, which other machines can reach. ` +
        'Configure gateway.auth.token, or listen on 127.0.0.1.',
    );
  }
  const limit = gateway.auth?.rateLimit;
  const hsts = gateway.http?.securityHeaders?.strictTransportSecurity;
  if (limit !== undefined && !mayLimit) throw tooEarly('gateway.auth.rateLimit', edition, '2026.2.17');
  return {
    host,
    port: overrides.port ?? gateway.port ?? 18_789,
    auth,
    rateLimit: { ...RATE_LIMIT, ...limit } as RateLimit,
    ...(trust.proxies.length > 0 && { trust }),
    ...(gateway.controlUi?.allowedOrigins && { allowedOrigins: gateway.controlUi.allowedOrigins }),
    ...(hsts && { strictTransportSecurity: hsts }),
    enabled: gateway.http?.endpoints?.chatCompletions?.enabled ?? false,
    agents: readAgents(agents),
    ...(agents.defaults?.model === undefined ? {} : { defaultModel: agents.defaults.model }),
    edition,
    ...embedderIn(memory.search ?? agents.defaults?.memorySearch),
    ...(tools.toolSearch === false && { toolSearch: false }),
    ...(overrides.asReleased === undefined ? {} : { asReleased: overrides.asReleased }),
  };
}

/** The model is OpenAI's smallest unless another is configured, as in releases. */
function embedderIn(given: z.infer<typeof search> | undefined): Pick<Options, 'embeddings'> {
  if (given === undefined || given.enabled === false) return {};
  const provider = given.provider?.trim().toLowerCase() ?? 'openai';
  return {
    embeddings: {
      provider: provider === 'auto' ? 'openai' : provider,
      model: given.model ?? 'text-embedding-3-small',
      dimensions: given.outputDimensionality,
    },
  };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const got = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an unreadable one';
    throw new Error(`Failed to read ${file}: expected a configuration file, got ${got}. Name an existing file.`, {
      cause,
    });
  }
}

function readConfig(text: string, file = 'the configuration'): Config {
  let value: unknown;
  try {
    value = JSON5.parse(text);
  } catch (cause) {
    const got = cause instanceof Error ? cause.message.replace(/^JSON5: /, '') : 'something else';
    throw new Error(`Failed to read ${file}: expected JSON5, got ${got}. Mend that place.`, { cause });
  }
  const read = Config.safeParse(value);
  if (read.success) return read.data;
  throw new Error(`Failed to read ${file}: ${issueText(read.error, 'the whole')}. Mend that key.`);
}

/** Ids are lower-cased; the default is the first agent marked as such, else the first of all. */
function readAgents({ defaults, list, entries = {} }: NonNullable<Config['agents']>): readonly Agent[] {
  const given = list ?? Object.entries(entries).map(([id, entry]) => ({ id, ...entry }));
  const named = given.length === 0 ? [{ id: 'main' }] : given;
  const chosen = Math.max(
    0,
    named.findIndex((entry) => 'default' in entry && entry.default === true),
  );
  const agents = named.map((entry, index): Agent => {
    const id = entry.id.trim().toLowerCase();
    if (!AGENT_ID.test(id)) {
      throw new Error(
        `Failed to read agents: expected an id of a-z, 0-9, _ and -, at most 64, got ${JSON.stringify(entry.id)}. ` +
          'Rename that agent.',
      );
    }
    const configured = ('model' in entry ? entry.model : undefined) ?? defaults?.model;
    return { id, default: index === chosen, ...(configured === undefined ? {} : { model: configured }) };
  });
  const twice = agents.find((one, index) => agents.findIndex((other) => other.id === one.id) !== index);
  if (twice === undefined) return agents;
  throw new Error(`Failed to read agents: expected ids that differ, got "${twice.id}" twice. Rename one of them.`);
}

function tooEarly(what: string, edition: string, since: string): Error {
  return new Error(
    `Failed to start: expected an edition from ${since} on for ${what}, got ${edition}. Choose a later edition.`,
  );
}

/** What an agent's id looks like, in lower case. */
export const AGENT_ID = /^[a-z0-9][a-z0-9_-]{0,63}$/;
