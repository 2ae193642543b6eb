/**
 * Who may come in: callers with the gateway's secret, as a bearer token whatever the mode is called.
 * Source: https://docs.openclaw.ai/gateway/openai-http-api#authentication
 */

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Behaviour } from '../editions/editions.ts';
import { crash, forbidden, proxyUnknown, rateLimited, unauthorized } from '../errors.ts';
import { isLoopback, type Auth, type RateLimit } from '../options.ts';
import { Secret } from './secret.ts';

/** What proxies add. */
const FORWARDED = ['x-forwarded-for', 'x-forwarded-proto', 'x-real-ip', 'forwarded'] as const;

/** A delay grows to so many times the first one. */
const LONGEST_DELAY = 20;

/** How many addresses with failures are remembered; the oldest is forgotten first. */
const MAX_ADDRESSES = 10_000;

interface Failures {
  count: number;
  /** When the first of them happened, then when the lockout ends; both in milliseconds of `performance.now()`. */
  since: number;
  lockedUntil: number;
}

/** What a call may do. */
export type Scope = 'operator.read' | 'operator.write';

export class Door {
  /** Undefined when none is asked for. */
  readonly #secret: Secret | undefined;
  readonly #limit: RateLimit;
  readonly #traits: Behaviour;
  readonly #failures = new Map<string, Failures>();
  /** How many letters the secret has. */
  readonly #letters: number;
  /** How long the next wrong secret waits, in ms. */
  #delay: number;

  constructor(auth: Auth, limit: RateLimit, traits: Behaviour) {
    this.#secret = auth.mode === 'none' ? undefined : new Secret(auth.secret);
    this.#letters = auth.mode === 'none' ? 0 : auth.secret.length;
    this.#limit = limit;
    this.#traits = traits;
    this.#delay = traits.wrongSecretDelay;
  }

  /**
   * Lets an HTTP request in, or throws a `Refusal` with 401, 403 or 429.
   *
   * @param scope What a caller of an open gateway must not have given up by `x-openclaw-scopes`.
   */
  admit(request: IncomingMessage, scope: Scope = 'operator.write'): void {
    const { headers } = request;
    if (this.#traits.proxies === 'refused' && FORWARDED.some((name) => headers[name] !== undefined))
      throw proxyUnknown();
    if (this.#secret === undefined) return this.#welcome(headers, scope);
    // Headers are bytes to HTTP and Latin-1 to Node: back to bytes, whatever they are.
    const sent = /^bearer +(.*)$/is.exec(headers.authorization ?? '')?.[1]?.trim();
    this.verify(request.socket.remoteAddress ?? '', sent === undefined ? undefined : Buffer.from(sent, 'latin1'));
    if (this.#traits.unscoped === 'refused') throw forbidden(scope, false);
  }

  /**
   * Lets a secret in, or throws a `Refusal` with 401 or 429. Whoever sends none is refused but never locked out for it,
   * and whoever is locked out is refused whatever he sends.
   */
  verify(address: string, sent: Buffer | undefined): void {
    if (this.#secret === undefined) return;
    const right = sent !== undefined && this.#secret.equals(sent);
    // Most are right where nobody has been wrong: where they come from does not matter then.
    if (right && this.#failures.size === 0) return this.#letIn(address);
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
    this.#letIn(address);
  }

  #letIn(address: string): void {
    this.#failures.delete(address);
    this.#delay = this.#traits.wrongSecretDelay;
  }

  /** Whoever may not be locked out is slowed down instead. */
  #refuse(sent: Buffer, limited: boolean): never {
    const ascii = sent.every((byte) => byte < 0x80);
    if (this.#traits.secrets === 'break' && !ascii && sent.length === this.#letters) throw crash();
    if (limited) throw unauthorized();
    const delay = this.#delay;
    this.#delay = Math.min(delay * 2, LONGEST_DELAY * this.#traits.wrongSecretDelay);
    throw unauthorized(delay);
  }

  /** Without a secret, what a caller says of itself is taken at its word; and browsers are not let in. */
  #welcome(headers: IncomingHttpHeaders, scope: Scope): void {
    if (headers.origin !== undefined && this.#traits.origins === 'refused') throw unauthorized();
    const given = headers['x-openclaw-scopes'];
    if (given === undefined && this.#traits.unscoped !== 'trusted') throw forbidden(scope, false);
    if (given === undefined || this.#traits.scopes === 'ignored') return;
    const scopes = String(given)
      .split(',')
      .map((one) => one.trim());
    const enough = ['operator.admin', 'operator.write', ...(scope === 'operator.read' ? [scope] : [])];
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
