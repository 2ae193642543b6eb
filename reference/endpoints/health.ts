/**
 * `GET /health`, `/healthz`, `/ready` and `/readyz`: liveness and readiness, without authentication.
 * Source: https://docs.openclaw.ai/gateway/health
 */

import type { Middleware } from 'koa';
import { notAllowed } from '../errors.ts';

/** Middleware that answers the four paths and passes others on. A reference that listens is always ready. */
export function health(): Middleware {
  const start = performance.now();
  const live = (): object => ({ ok: true, status: 'live' });
  const ready = (): object => ({ ready: true, failing: [], uptimeMs: Math.round(performance.now() - start) });
  const probes = new Map([
    ['/health', live],
    ['/healthz', live],
    ['/ready', ready],
    ['/readyz', ready],
  ]);
  return async (ctx, next) => {
    const probe = probes.get(ctx.path);
    if (probe === undefined) return await next();
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') throw notAllowed('GET, HEAD');
    ctx.set('Cache-Control', 'no-store');
    ctx.body = probe();
  };
}
