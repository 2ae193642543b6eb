/**
 * `POST /v1/embeddings`, as gateways answer it that have no provider of embeddings.
 * Source: https://docs.openclaw.ai/gateway/openai-http-api#model-list-and-agent-routing
 */

import type { Middleware } from 'koa';
import type { Door } from '../call/guard.ts';
import { internal, notAllowed } from '../errors.ts';

/** Answers what is about embeddings, and passes the rest on. */
export function embeddings(door: Door): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== '/v1/embeddings') return await next();
    if (ctx.method !== 'POST') throw notAllowed('POST');
    door.admit(ctx.req);
    throw internal();
  };
}
