/**
 * `GET /health`, `/healthz`, `/ready`, `/readyz`, `/startup` and `/startupz`: whether it lives, is ready and has started,
 * without authentication.
 * Source: https://docs.openclaw.ai/gateway/health
 */

import type { IncomingMessage } from 'node:http';
import type { Middleware } from 'koa';
import type { Guard } from '../call/guard.ts';
import type { Behaviour } from '../editions/editions.ts';
import { notAllowed, proxyUnknown } from '../errors.ts';

/**
 * Middleware that answers these paths and passes others on. A reference that listens is always ready.
 *
 * @param guard Knows which clients are told the details: those on this machine, and those that may call.
 * @param version The release that it is.
 */
export function health(guard: Guard, { startupProbes, probesBehindProxies }: Behaviour, version: string): Middleware {
  const start = performance.now();
  const uptimeMs = (): number => Math.round(performance.now() - start);
  const live = (): object => ({ ok: true, status: 'live' });
  const ready = (request: IncomingMessage): object => ({
    ready: true,
    ...(guard.knows(request) && { failing: [], uptimeMs: uptimeMs() }),
  });
  const started = (request: IncomingMessage): object => ({
    ok: true,
    status: 'started',
    ...(guard.knows(request) && { version, uptimeMs: uptimeMs() }),
  });
  const probes = new Map([
    ['/health', live],
    ['/healthz', live],
    ['/ready', ready],
    ['/readyz', ready],
    ...(startupProbes
      ? ([
          ['/startup', started],
          ['/startupz', started],
        ] as const)
      : []),
  ]);
  return async (ctx, next) => {
    const probe = probes.get(ctx.path);
    if (probe === undefined) return await next();
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') throw notAllowed('GET, HEAD');
    if (probe !== live && probesBehindProxies === 'refused' && guard.wayOf(ctx.req) === 'unknown') throw proxyUnknown();
    ctx.set('Cache-Control', 'no-store');
    ctx.body = probe(ctx.req);
  };
}
