/**
 * Scopes: tests that run at the same time share one port, and each has a gateway of its own behind it. A request goes to
 * the scope whose credential it bears, or that its header names; every other one goes to the gateway that listens.
 */

import type { IncomingMessage, RequestListener } from 'node:http';

/** Names a scope to requests that bear another credential than the scope's, or none. */
export const SCOPE_HEADER = 'x-openclaw-kit-scope';

/** One of the gateways behind the port. Its name is its credential, too. */
export interface TestScope {
  readonly name: string;
  readonly listener: RequestListener;
}

export class Scopes {
  readonly #scopes = new Map<string, TestScope>();

  add(scope: TestScope): void {
    this.#scopes.set(scope.name, scope);
  }

  delete({ name }: TestScope): void {
    this.#scopes.delete(name);
  }

  /** The listener of the scope that a request names; undefined without one. */
  of({ headers }: IncomingMessage): RequestListener | undefined {
    if (this.#scopes.size === 0) return undefined;
    const named = headers[SCOPE_HEADER] ?? /^bearer +(\S+)/i.exec(headers.authorization ?? '')?.[1];
    return this.#scopes.get(String(named))?.listener;
  }
}
