/**
 * Who may come in: callers with the gateway's secret, as a bearer token whatever the mode is called.
 * Source: https://docs.openclaw.ai/gateway/openai-http-api#authentication
 */

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { rateLimited, unauthorized } from './errors.ts';
import { isLoopback, type Auth, type RateLimit } from './options.ts';

/** How many addresses with failures are remembered; the oldest is forgotten first. */
const MAX_ADDRESSES = 10_000;

interface Failures {
  count: number;
  /** When the first of them happened, then when the lockout ends; both in milliseconds of `performance.now()`. */
  since: number;
  lockedUntil: number;
}

export class Door {
  readonly #secret: Buffer | undefined;
  readonly #limit: RateLimit;
  readonly #failures = new Map<string, Failures>();

  constructor(auth: Auth, limit: RateLimit) {
    this.#secret = auth.mode === 'none' ? undefined : digest(Buffer.from(auth.secret));
    this.#limit = limit;
  }

  /** Lets an HTTP request in, or throws a `Refusal` with 401 or 429. */
  admit(request: IncomingMessage): void {
    // Headers are bytes to HTTP and Latin-1 to Node: back to bytes, whatever they are.
    const sent = /^bearer +(.*)$/is.exec(request.headers.authorization ?? '')?.[1]?.trim();
    this.verify(request.socket.remoteAddress ?? '', sent === undefined ? undefined : Buffer.from(sent, 'latin1'));
  }

  /**
   * Lets a secret in, or throws a `Refusal` with 401 or 429. Whoever sends none is refused but never locked out for it,
   * and whoever is locked out is refused whatever he sends.
   */
  verify(address: string, sent: Buffer | undefined): void {
    if (this.#secret === undefined) return;
    const limited = !(this.#limit.exemptLoopback && isLoopback(address));
    if (limited) this.#refuseLocked(address);
    if (sent === undefined || sent.length === 0) throw unauthorized();
    // Digests are of one length and compared in constant time: neither the length nor a prefix shows.
    if (!timingSafeEqual(digest(sent), this.#secret)) {
      if (limited) this.#count(address);
      throw unauthorized();
    }
    this.#failures.delete(address);
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

function digest(secret: Buffer): Buffer {
  return createHash('sha256').update(secret).digest();
}
