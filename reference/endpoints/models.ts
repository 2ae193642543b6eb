/**
 * `GET /v1/models` and `GET /v1/models/<id>`: the agents as models.
 * Source: https://docs.openclaw.ai/gateway/openai-http-api#model-list-and-agent-routing
 */

import type { Middleware } from 'koa';
import type { Agents } from '../call/agents.ts';
import type { Guard } from '../call/guard.ts';
import { badModelId, noModelId, noSuchModel, notAllowed } from '../errors.ts';
import { AGENT_ID } from '../options.ts';

const LIST = '/v1/models';

/** Middleware that answers both paths and passes others on. */
export function models(guard: Guard, agents: Agents): Middleware {
  const ids = ['openclaw', 'openclaw/default', ...agents.ids.map((id) => `openclaw/${id}`)];
  return async (ctx, next) => {
    if (ctx.path !== LIST && !ctx.path.startsWith(`${LIST}/`)) return await next();
    if (ctx.method !== 'GET') throw notAllowed('GET');
    guard.admit(ctx.req, 'operator.read');
    if (ctx.path === LIST) ctx.body = { object: 'list', data: ids.map(modelOf) };
    else ctx.body = modelOf(known(decoded(ctx.path.slice(LIST.length + 1)), ids));
  };
}

function modelOf(id: string): object {
  return { id, object: 'model', created: 0, owned_by: 'openclaw', permission: [] };
}

function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    throw badModelId(' encoding');
  }
}

/**
 * Returns the id when it is listed. Of the spellings that name an agent in a call, only `openclaw/<id>` is listed.
 *
 * @throws {Refusal} 404 for another spelling or an unknown agent, 400 for any other id.
 */
function known(id: string, ids: readonly string[]): string {
  if (id === '') throw noModelId();
  if (ids.includes(id)) return id;
  const named = /^(?:openclaw[:/]|agent:)(.*)$/i.exec(id)?.[1]?.toLowerCase() ?? '';
  throw AGENT_ID.test(named) ? noSuchModel(id) : badModelId();
}
