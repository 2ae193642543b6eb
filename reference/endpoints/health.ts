/**
 * `GET /health`, `/healthz`, `/ready` and `/readyz`: whether the gateway lives and is ready, told to anybody.
 * Source: https://docs.openclaw.ai/gateway/health
 */

import type { Middleware } from 'koa';
import { notAllowed } from '../errors.ts';

/** Answers what is about health, and passes the rest on. A reference that listens is ready. */
export function health(): Middleware {
  const start = performance.now();
  const live = (): object => ({ ok: true, status: 'live' });
  const ready = (): object => ({ ready: true, failing: [], uptimeMs: Math.round(performance.now() - start) });
  const told = new Map([
    ['/health', live],
    ['/healthz', live],
    ['/ready', ready],
    ['/readyz', ready],
  ]);
  return async (ctx, next) => {
    const tell = told.get(ctx.path);
    if (tell === undefined) return await next();
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') throw notAllowed('GET, HEAD');
    ctx.set('Cache-Control', 'no-store');
    ctx.body = tell();
  };
}
