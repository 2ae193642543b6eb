/**
 * How clients authenticate, and which proxies are trusted: `gateway.auth`, `gateway.trustedProxies` and
 * `gateway.allowRealIpFallback` of the configuration.
 * Source: https://docs.openclaw.ai/gateway/configuration, https://docs.openclaw.ai/gateway/trusted-proxy-auth
 */

import { isIP } from 'node:net';
import { z } from 'zod';

/** What a trusted proxy says of its users. Header names are in lower case. */
export interface ProxyIdentity {
  /** The header that names the user. */
  readonly userHeader: string;
  /** Headers that a request of the proxy has beside it. */
  readonly requiredHeaders: readonly string[];
  /** The users that are let in; empty: all. */
  readonly allowUsers: readonly string[];
  /** Whether the proxy may be on the gateway's own machine. */
  readonly allowLoopback: boolean;
}

/**
 * How clients authenticate. `source` is where the secret was found: a key of the file, or an environment variable. In
 * mode `trusted-proxy` it is the password of clients on this machine that come past the proxy.
 */
export type Auth =
  | { readonly mode: 'token' | 'password'; readonly secret: string; readonly source: string }
  | { readonly mode: 'none' }
  | {
      readonly mode: 'trusted-proxy';
      readonly identity: ProxyIdentity;
      readonly secret?: string;
      readonly source?: string;
    };

/** Which proxies a gateway believes, and which headers. */
export interface ProxyTrust {
  /** Addresses, or networks as `10.0.0.0/8`. */
  readonly proxies: readonly string[];
  /** Whether `X-Real-IP` names the client when `X-Forwarded-For` is absent. */
  readonly realIp: boolean;
}

/** The secret of a mode; undefined where there is none. */
export function secretOf(auth: Auth): string | undefined {
  return auth.mode === 'none' ? undefined : auth.secret;
}

const natural = z.int().min(1);

/** `gateway.auth`. */
export const AuthConfig = z.object({
  mode: z.enum(['token', 'password', 'none', 'trusted-proxy']).optional(),
  token: z.string().optional(),
  password: z.string().optional(),
  trustedProxy: z
    .object({
      userHeader: z.string(),
      requiredHeaders: z.array(z.string()),
      allowUsers: z.array(z.string()),
      allowLoopback: z.boolean(),
    })
    .partial()
    .optional(),
  rateLimit: z
    .object({ maxAttempts: natural, windowMs: natural, lockoutMs: natural, exemptLoopback: z.boolean() })
    .partial()
    .optional(),
});
type Given = z.infer<typeof AuthConfig>;
type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads how clients authenticate. A secret in the file precedes one in the environment; without a mode, a password
 * precedes a token.
 *
 * @throws {Error} in one line that names the key: for a missing secret, or a mode `trusted-proxy` that trusts no proxy,
 * names no user's header, or has a token beside it.
 */
export function readAuth(auth: Given | undefined, { proxies }: ProxyTrust, env: Env): Auth {
  const secrets = {
    token: secretFrom(auth?.token, 'gateway.auth.token', env, 'OPENCLAW_GATEWAY_TOKEN'),
    password: secretFrom(auth?.password, 'gateway.auth.password', env, 'OPENCLAW_GATEWAY_PASSWORD'),
  };
  const mode = auth?.mode ?? (secrets.password === undefined ? 'token' : 'password');
  if (mode === 'none') return { mode };
  if (mode === 'trusted-proxy') {
    if (secrets.token !== undefined) {
      throw misproxied(`no token beside it, got ${secrets.token.source}`, 'Remove the token.');
    }
    if (proxies.length === 0) throw misproxied('a trusted proxy, got none', 'Set gateway.trustedProxies.');
    return { mode, identity: readIdentity(auth?.trustedProxy), ...secrets.password };
  }
  const found = secrets[mode];
  if (found !== undefined) return { mode, ...found };
  throw new Error(
    `Failed to start: expected a secret for ${mode} mode, got none. ` +
      `Set gateway.auth.${mode} or OPENCLAW_GATEWAY_${mode.toUpperCase()}.`,
  );
}

function readIdentity(given: Given['trustedProxy'] = {}): ProxyIdentity {
  const { userHeader = '', requiredHeaders = [], allowUsers = [], allowLoopback = false } = given;
  const named = (header: string): string => header.trim().toLowerCase();
  if (named(userHeader) === '') {
    throw misproxied('the header that names the user, got none', 'Set gateway.auth.trustedProxy.userHeader.');
  }
  return { userHeader: named(userHeader), requiredHeaders: requiredHeaders.map(named), allowUsers, allowLoopback };
}

function misproxied(expected: string, mend: string): Error {
  return new Error(`Failed to start with gateway.auth.mode "trusted-proxy": expected ${expected}. ${mend}`);
}

function secretFrom(
  configured: string | undefined,
  key: string,
  env: Env,
  variable: string,
): { secret: string; source: string } | undefined {
  const inFile = configured?.trim();
  if (inFile) return { secret: inFile, source: key };
  const inEnv = env[variable]?.trim();
  return inEnv ? { secret: inEnv, source: variable } : undefined;
}

/** An address without the prefix of IPv4 in IPv6. */
export function plainAddress(address: string): string {
  return address.toLowerCase().replace(/^::ffff:(?=[\d.]+$)/, '');
}

/** Whether an address is a loopback address: `localhost`, `::1`, `127.0.0.0/8`, also as IPv4-mapped IPv6. */
export function isLoopback(address: string): boolean {
  const plain = plainAddress(address);
  return plain === 'localhost' || plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}
