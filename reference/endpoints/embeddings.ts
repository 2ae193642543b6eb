/**
 * `POST /v1/embeddings`: vectors of texts, by the embedding model of an agent.
 * Source: https://docs.openclaw.ai/gateway/openai-http-api#model-list-and-agent-routing
 */

import type { Middleware } from 'koa';
import type { Backend } from '../backends/backend.ts';
import type { Agents } from '../call/agents.ts';
import { embedderFor, readEmbeddingCall } from '../call/embedding.ts';
import type { Guard } from '../call/guard.ts';
import type { Behaviour } from '../editions/editions.ts';
import { internal, notAllowed } from '../errors.ts';
import { MODEL_HEADER } from '../headers.ts';
import { bodyReader } from '../http/body.ts';
import type { EmbeddingSetup } from '../options.ts';

/** The longest body, in bytes. */
export const MOST_BYTES = 5 * 1024 * 1024;

/** What the endpoint is made of. */
interface Services {
  readonly guard: Guard;
  readonly agents: Agents;
  readonly backend: Backend;
  readonly traits: Behaviour;
  /** Absent where no embedding model is configured: then every call that is sound fails with 500. */
  readonly setup: EmbeddingSetup | undefined;
}

/** Middleware that answers `/v1/embeddings` and passes other paths on. */
export function embeddings({ guard, agents, backend, traits, setup }: Services): Middleware {
  const readBody = bodyReader({
    ...traits,
    bodyLimit: Math.min(traits.bodyLimit, MOST_BYTES) as typeof traits.bodyLimit,
  });
  return async (ctx, next) => {
    if (ctx.path !== '/v1/embeddings') return await next();
    if (ctx.method !== 'POST') throw notAllowed('POST');
    guard.admit(ctx.req);
    const body = await readBody(ctx);
    const override = String(ctx.req.headers[MODEL_HEADER] ?? '').trim();
    if (override !== '') guard.permitOverride(ctx.req);
    const { model, texts, dimensions, packed } = readEmbeddingCall(body);
    const agent = agents.choose(model, ctx.req.headers);
    const embedder = embedderFor(setup ?? { provider: 'openai', model: '' }, override);
    if (setup === undefined || backend.embed === undefined) throw internal();
    const left = new AbortController();
    ctx.res.once('close', () => left.abort());
    const asked = { agent, model: embedder, texts, dimensions: dimensions ?? setup.dimensions };
    const vectors = await backend.embed(asked, left.signal).catch(() => {
      // Releases say no more, whatever the provider said.
      throw internal();
    });
    const data = vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: packed ? Buffer.from(Float32Array.from(vector).buffer).toString('base64') : vector,
    }));
    ctx.body = { object: 'list', data, model, usage: { prompt_tokens: 0, total_tokens: 0 } };
  };
}
