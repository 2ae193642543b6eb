/**
 * Every option of the reference and its default. The configuration is OpenClaw's own file, so that one file starts
 * the reference and a real release alike; of its many keys these are read, and the others left to OpenClaw:
 *
 * - `gateway.port` (18789), `gateway.bind` ("loopback" or "lan"; loopback)
 * - `gateway.auth.mode` ("token", "password", "none"), `gateway.auth.token`, `gateway.auth.password`,
 *   `gateway.auth.rateLimit.{maxAttempts,windowMs,lockoutMs,exemptLoopback}`
 * - `gateway.http.endpoints.chatCompletions.enabled` (false)
 * - `agents.list[].{id,default,model}`, or `agents.entries.<id>.{default,model}`, and `agents.defaults.model`;
 *   without agents there is one, `main`
 *
 * `OPENCLAW_GATEWAY_TOKEN` and `OPENCLAW_GATEWAY_PASSWORD` stand in for a secret that the file does not give.
 * Source: https://docs.openclaw.ai/gateway/configuration
 */

import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import JSON5 from 'json5';
import { z } from 'zod';
import { behaviour } from './editions/editions.ts';
import { NEWEST } from './editions/trait.ts';

/** How callers prove themselves. `source` names where the secret came from: a key of the file, or a variable. */
export type Auth =
  { readonly mode: 'token' | 'password'; readonly secret: string; readonly source: string } | { readonly mode: 'none' };

/** After `maxAttempts` wrong secrets within `windowMs`, an address is refused for `lockoutMs`. */
export interface RateLimit {
  readonly maxAttempts: number;
  readonly windowMs: number;
  readonly lockoutMs: number;
  /** Addresses of this machine are never refused. */
  readonly exemptLoopback: boolean;
}

export interface Agent {
  readonly id: string;
  readonly default: boolean;
  /** What the upstream backend asks for on this agent's behalf, when it is configured. */
  readonly model?: string;
}

export interface Options {
  /** An address to listen on. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly auth: Auth;
  readonly rateLimit: RateLimit;
  /** Whether `POST /v1/chat/completions` is served. */
  readonly enabled: boolean;
  /** At least one; exactly one is the default. */
  readonly agents: readonly Agent[];
  readonly edition: string;
  /** Whether the faults of that release are played too. Default: false. */
  readonly asReleased?: boolean;
}

/** What to read the options from; all of it may be left out. */
export interface Source {
  /** The configuration as JSON5 text. Beats `file`. */
  readonly config?: string;
  /** A configuration file. */
  readonly file?: string;
  /** Default: empty. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Beats the configuration. */
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
const port = z.int().min(0).max(65_535);
const natural = z.int().min(1);

const Config = z.object({
  gateway: z
    .object({
      port: port.optional(),
      bind: z.enum(['loopback', 'lan']).optional(),
      auth: z
        .object({
          mode: z.enum(['token', 'password', 'none']).optional(),
          token: z.string().optional(),
          password: z.string().optional(),
          rateLimit: z
            .object({ maxAttempts: natural, windowMs: natural, lockoutMs: natural, exemptLoopback: z.boolean() })
            .partial()
            .optional(),
        })
        .optional(),
      http: z
        .object({
          endpoints: z.object({ chatCompletions: z.object({ enabled: z.boolean().optional() }).optional() }).optional(),
        })
        .optional(),
    })
    .optional(),
  agents: z
    .object({
      defaults: z.object({ model: model.optional() }).optional(),
      list: z.array(agent.extend({ id: z.string() })).optional(),
      entries: z.record(z.string(), agent).optional(),
    })
    .optional(),
});
type Config = z.infer<typeof Config>;

/**
 * Options from OpenClaw's configuration and environment.
 *
 * @throws {Error} in one line that names the key or variable, when something is of the wrong type, no secret is
 * configured, or the gateway would be open to more than this machine.
 */
export function readOptions({ config, file, env = {}, overrides = {} }: Source): Options {
  const { gateway = {}, agents = {} } = readConfig(config ?? (file === undefined ? '{}' : readText(file)), file);
  const edition = overrides.edition ?? NEWEST;
  const { openMode, rateLimit: mayLimit } = behaviour(edition);
  const auth = readAuth(gateway.auth, env);
  const host = overrides.host ?? HOSTS[gateway.bind ?? 'loopback'];
  if (auth.mode === 'none' && !openMode) throw tooEarly('gateway.auth.mode "none"', edition, '2026.2.19');
  if (auth.mode === 'none' && !isLoopback(host)) {
    throw new Error(
      `Failed to start: expected a loopback host with gateway.auth.mode "none", got ${host}, which lets everyone in. ` +
        'Configure gateway.auth.token, or listen on 127.0.0.1.',
    );
  }
  const limit = gateway.auth?.rateLimit;
  if (limit !== undefined && !mayLimit) throw tooEarly('gateway.auth.rateLimit', edition, '2026.2.17');
  return {
    host,
    port: overrides.port ?? gateway.port ?? 18_789,
    auth,
    rateLimit: { ...RATE_LIMIT, ...limit } as RateLimit,
    enabled: gateway.http?.endpoints?.chatCompletions?.enabled ?? false,
    agents: readAgents(agents),
    edition,
    ...(overrides.asReleased === undefined ? {} : { asReleased: overrides.asReleased }),
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
  const issue = read.error.issues[0];
  const key = issue?.path.join('.') || 'the whole';
  const fault = (issue?.message ?? '').replace(/^Invalid (input|option): /, '').replace(', received ', ', got ');
  throw new Error(`Failed to read ${file}: ${key}: ${fault}. Mend that key.`);
}

/** The file's secret comes first, the environment's stands in; without a mode a password is preferred to a token. */
function readAuth(auth: NonNullable<Config['gateway']>['auth'], env: NonNullable<Source['env']>): Auth {
  const secrets = {
    token: secretFrom(auth?.token, 'gateway.auth.token', env, 'OPENCLAW_GATEWAY_TOKEN'),
    password: secretFrom(auth?.password, 'gateway.auth.password', env, 'OPENCLAW_GATEWAY_PASSWORD'),
  };
  const mode = auth?.mode ?? (secrets.password === undefined ? 'token' : 'password');
  if (mode === 'none') return { mode };
  const found = secrets[mode];
  if (found !== undefined) return { mode, ...found };
  throw new Error(
    `Failed to start: expected a secret for ${mode} mode, got none. ` +
      `Set gateway.auth.${mode} or OPENCLAW_GATEWAY_${mode.toUpperCase()}.`,
  );
}

function secretFrom(
  configured: string | undefined,
  key: string,
  env: NonNullable<Source['env']>,
  variable: string,
): { secret: string; source: string } | undefined {
  const inFile = configured?.trim();
  if (inFile) return { secret: inFile, source: key };
  const inEnv = env[variable]?.trim();
  return inEnv ? { secret: inEnv, source: variable } : undefined;
}

/** Ids are lower-cased; the first agent that says so is the default, else the first of all. */
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
    const asked = ('model' in entry ? entry.model : undefined) ?? defaults?.model;
    return { id, default: index === chosen, ...(asked === undefined ? {} : { model: asked }) };
  });
  const twice = agents.find((one, index) => agents.findIndex((other) => other.id === one.id) !== index);
  if (twice === undefined) return agents;
  throw new Error(`Failed to read agents: expected ids that differ, got "${twice.id}" twice. Rename one of them.`);
}

/** Whether an address is this machine's own, IPv4 in IPv6 dress included. */
export function isLoopback(address: string): boolean {
  const plain = address.toLowerCase().replace(/^::ffff:/, '');
  return plain === 'localhost' || plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}

function tooEarly(what: string, edition: string, since: string): Error {
  return new Error(
    `Failed to start: expected an edition from ${since} on for ${what}, got ${edition}. Choose a later edition.`,
  );
}

/** What an agent's id looks like, in lower case. */
export const AGENT_ID = /^[a-z0-9][a-z0-9_-]{0,63}$/;
