/**
 * `POST /v1/embeddings`, as a gateway without an embeddings provider answers it.
 * Source: https://docs.openclaw.ai/gateway/openai-http-api#model-list-and-agent-routing
 */

import type { Middleware } from 'koa';
import type { Guard } from '../call/guard.ts';
import { internal, notAllowed } from '../errors.ts';

/** Middleware that answers `/v1/embeddings` with 500 once the request is admitted, and passes other paths on. */
export function embeddings(guard: Guard): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== '/v1/embeddings') return await next();
    if (ctx.method !== 'POST') throw notAllowed('POST');
    guard.admit(ctx.req);
    throw internal();
  };
}
