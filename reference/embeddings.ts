/**
 * `POST /v1/embeddings`, as gateways answer it that have no provider of embeddings.
 * Source: https://docs.openclaw.ai/gateway/openai-http-api#model-list-and-agent-routing
 */

import type { Middleware } from 'koa';
import type { Door } from './admit.ts';
import { internal } from './errors.ts';

/** Answers what is about embeddings, and passes the rest on. */
export function embeddings(door: Door): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== '/v1/embeddings') return await next();
    if (ctx.method !== 'POST') {
      ctx.status = 405;
      ctx.set('Allow', 'POST');
      ctx.body = 'Method Not Allowed';
      return;
    }
    door.admit(ctx.req);
    throw internal();
  };
}
