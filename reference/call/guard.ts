/**
 * Authenticates requests: the gateway's secret as a bearer token, in mode `token` and in mode `password`; in mode
 * `trusted-proxy` the user that a proxy names, or a password from this machine past the proxy.
 * Source: https://docs.openclaw.ai/gateway/openai-http-api#authentication
 */

import type { IncomingMessage } from 'node:http';
import type { Behaviour } from '../editions/editions.ts';
import { crash, forbidden, proxyUnknown, rateLimited, unauthorized } from '../errors.ts';
import { isLoopback, secretOf, type Auth } from '../authentication.ts';
import { SCOPES_HEADER } from '../headers.ts';
import type { Options, RateLimit } from '../options.ts';
import { allowsOrigin } from './origin.ts';
import { isForwarded, Proxies, userOf, type Way } from './proxies.ts';
import { Secret } from './secret.ts';

/** The delay of a wrong secret doubles up to this many times the first one. */
const LONGEST_DELAY = 20;

/** Bounds the memory for failures: beyond it, the address that failed least recently is forgotten. */
const MAX_ADDRESSES = 10_000;

interface Failures {
  count: number;
  /** When the first of them happened, in milliseconds of `performance.now()`. */
  since: number;
  /** When the lockout ends, on the same clock; 0 without one. */
  lockedUntil: number;
}

/** The scope that an endpoint requires. Source: https://docs.openclaw.ai/gateway/operator-scopes */
export type OperatorScope = 'operator.read' | 'operator.write' | 'operator.admin';

/** The scopes that a scope is part of, itself among them. */
const ENOUGH: Readonly<Record<OperatorScope, readonly string[]>> = {
  'operator.admin': ['operator.admin'],
  'operator.write': ['operator.admin', 'operator.write'],
  'operator.read': ['operator.admin', 'operator.write', 'operator.read'],
};

/** What of a gateway's options the guard needs. */
type Guarded = Pick<Options, 'auth' | 'rateLimit' | 'trust' | 'allowedOrigins'>;
const NONE = { proxies: [], realIp: false };

/** Whether a client is on this machine, without a proxy between. */
function isLocal({ headers, socket }: IncomingMessage): boolean {
  return isLoopback(socket.remoteAddress ?? '') && !isForwarded(headers);
}

/** Authenticates requests, and locks out addresses that send wrong secrets. */
export class Guard {
  readonly #auth: Auth;
  readonly #proxies: Proxies;
  readonly #allowedOrigins: readonly string[];
  /** Undefined where there is none. */
  readonly #secret: Secret | undefined;
  readonly #limit: RateLimit;
  readonly #traits: Behaviour;
  readonly #failures = new Map<string, Failures>();
  /** The length of the secret in UTF-16 code units; 0 without one. */
  readonly #secretLength: number;
  /** The delay of the next wrong secret from an address that is exempt from the lockout, in ms. */
  #delay: number;

  /** @throws {Error} in one line for a trusted proxy that is no address. */
  constructor({ auth, rateLimit, trust = NONE, allowedOrigins = [] }: Guarded, traits: Behaviour) {
    const secret = secretOf(auth);
    this.#auth = auth;
    this.#proxies = new Proxies(trust);
    this.#allowedOrigins = allowedOrigins;
    this.#secret = secret === undefined ? undefined : new Secret(secret);
    this.#secretLength = secret?.length ?? 0;
    this.#limit = rateLimit;
    this.#traits = traits;
    this.#delay = traits.wrongSecretDelay;
  }

  /**
   * Admits an HTTP request.
   *
   * @param scope The scope that a request without the secret must have. Default: `operator.write`.
   * @throws {Refusal} 401, 403 or 429.
   */
  admit(request: IncomingMessage, scope: OperatorScope = 'operator.write'): void {
    const { headers } = request;
    if (this.#traits.proxies === 'refused' && this.#proxies.wayOf(request) === 'unknown') throw proxyUnknown();
    // Node decodes header bytes as Latin-1; encoding it again restores the bytes, which may be UTF-8.
    const sent = /^bearer +(.*)$/is.exec(headers.authorization ?? '')?.[1]?.trim();
    const how = this.meet(request, sent === undefined ? undefined : Buffer.from(sent, 'latin1'));
    if (how !== 'secret') return this.#checkScopes(request, scope);
    if (this.#traits.unscoped === 'refused') throw forbidden(scope, false);
  }

  /** Which way a request came. */
  wayOf(request: IncomingMessage): Way {
    return this.#proxies.wayOf(request);
  }

  /** Whether a client is on this machine, without a proxy between, or would be admitted. */
  knows(request: IncomingMessage): boolean {
    if (isLocal(request)) return true;
    try {
      this.admit(request, 'operator.read');
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Authenticates the client of a request.
   *
   * @param sent The bytes of the secret in it; undefined when there is none.
   * @returns By what: the gateway's secret, the user that a trusted proxy names, or nothing in mode `none`.
   * @throws {Refusal} 401, 403 or 429.
   */
  meet(request: IncomingMessage, sent: Buffer | undefined): 'secret' | 'user' | 'nothing' {
    const auth = this.#auth;
    if (auth.mode === 'none') return 'nothing';
    if (auth.mode === 'trusted-proxy') {
      if (userOf(request, this.#proxies, auth.identity) !== undefined) {
        if (this.#traits.proxies === 'refused' && this.#proxies.wayOf(request) !== 'proxy') throw proxyUnknown();
        return 'user';
      }
      if (this.#secret === undefined || !isLocal(request)) throw unauthorized();
    }
    this.verify(request.socket.remoteAddress ?? '', sent);
    return 'secret';
  }

  /**
   * Verifies a secret. A missing secret is refused but not counted towards the lockout, except in editions that count
   * it. A locked-out address is refused even with the right secret.
   *
   * @param address The remote address, IPv4 or IPv6.
   * @param sent The secret's bytes; undefined or empty when none was sent.
   * @throws {Refusal} 401 or 429.
   */
  verify(address: string, sent: Buffer | undefined): void {
    if (this.#secret === undefined) return;
    const right = sent !== undefined && this.#secret.equals(sent);
    // Fast path: the secret is right and no failure is on record, so the address is not parsed.
    if (right && this.#failures.size === 0) return this.#reset(address);
    const limited = !(this.#limit.exemptLoopback && isLoopback(address));
    if (limited) this.#refuseLocked(address);
    if (sent === undefined || sent.length === 0) {
      if (limited && this.#traits.strangers === 'counted') this.#count(address);
      throw unauthorized();
    }
    if (!right) {
      if (limited) this.#count(address);
      this.#refuse(sent, limited);
    }
    this.#reset(address);
  }

  /**
   * Permits a model of the client's choice to a request that was admitted.
   *
   * @throws {Refusal} 403 to a client without a secret that says what it may, and not that.
   */
  permitOverride(request: IncomingMessage): void {
    if (this.#traits.overrideScope === 'admin' && this.#isNamed(request)) this.#checkScopes(request, 'operator.admin');
  }

  /** Whether a request that was admitted was so without the gateway's secret. */
  #isNamed(request: IncomingMessage): boolean {
    const auth = this.#auth;
    if (auth.mode !== 'trusted-proxy') return auth.mode === 'none';
    return userOf(request, this.#proxies, auth.identity) !== undefined;
  }

  #reset(address: string): void {
    this.#failures.delete(address);
    this.#delay = this.#traits.wrongSecretDelay;
  }

  /** Refuses a wrong secret; an address that is exempt from the lockout is delayed instead. */
  #refuse(sent: Buffer, limited: boolean): never {
    const ascii = sent.every((byte) => byte < 0x80);
    if (this.#traits.secrets === 'break' && !ascii && sent.length === this.#secretLength) throw crash();
    if (limited) throw unauthorized();
    const delay = this.#delay;
    this.#delay = Math.min(delay * 2, LONGEST_DELAY * this.#traits.wrongSecretDelay);
    throw unauthorized(delay);
  }

  /** Without a secret the scopes that a client claims are trusted, and pages of a browser are not, but for some. */
  #checkScopes(request: IncomingMessage, scope: OperatorScope): void {
    const { headers } = request;
    const proxied = this.#auth.mode === 'trusted-proxy';
    const local = !proxied && isLocal(request);
    if ((proxied || this.#traits.origins === 'refused') && !allowsOrigin(headers, this.#allowedOrigins, local))
      throw unauthorized();
    const given = headers[SCOPES_HEADER];
    if (given === undefined && this.#traits.unscoped !== 'trusted') throw forbidden(scope, false);
    if (given === undefined || this.#traits.scopes === 'ignored') return;
    const scopes = String(given)
      .split(',')
      .map((one) => one.trim());
    const enough = ENOUGH[scope];
    if (!enough.some((one) => scopes.includes(one))) throw forbidden(scope, this.#traits.scopes === 'detailed');
  }

  #refuseLocked(address: string): void {
    const left = (this.#failures.get(address)?.lockedUntil ?? 0) - performance.now();
    if (left > 0) throw rateLimited(Math.ceil(left / 1000));
  }

  #count(address: string): void {
    const now = performance.now();
    const { maxAttempts, windowMs, lockoutMs } = this.#limit;
    const known = this.#failures.get(address);
    const stale = known === undefined || known.lockedUntil > 0 || now - known.since > windowMs;
    const failures = stale ? { count: 0, since: now, lockedUntil: 0 } : known;
    failures.count += 1;
    if (failures.count >= maxAttempts) failures.lockedUntil = now + lockoutMs;
    this.#failures.delete(address);
    this.#failures.set(address, failures);
    const oldest = this.#failures.keys().next().value;
    if (this.#failures.size > MAX_ADDRESSES && oldest !== undefined) this.#failures.delete(oldest);
  }
}
