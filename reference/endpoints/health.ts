/**
 * `GET /health`, `/healthz`, `/ready`, `/readyz`, `/startup` and `/startupz`: whether it lives, is ready and has started,
 * without authentication.
 * Source: https://docs.openclaw.ai/gateway/health
 */

import type { Middleware } from 'koa';
import { isForwarded } from '../call/guard.ts';
import type { Behaviour } from '../editions/editions.ts';
import { notAllowed, proxyUnknown } from '../errors.ts';

/**
 * Middleware that answers these paths and passes others on. A reference that listens is always ready.
 *
 * @param version The release that it is.
 */
export function health({ startupProbes, probesBehindProxies }: Behaviour, version: string): Middleware {
  const start = performance.now();
  const uptimeMs = (): number => Math.round(performance.now() - start);
  const live = (): object => ({ ok: true, status: 'live' });
  const ready = (): object => ({ ready: true, failing: [], uptimeMs: uptimeMs() });
  const started = (): object => ({ ok: true, status: 'started', version, uptimeMs: uptimeMs() });
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
    if (probe !== live && probesBehindProxies === 'refused' && isForwarded(ctx.req.headers)) throw proxyUnknown();
    ctx.set('Cache-Control', 'no-store');
    ctx.body = probe();
  };
}
