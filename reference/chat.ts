/**
 * One call, one answer, in five steps: admit, read, choose the agent, find the session, run.
 * Source: https://docs.openclaw.ai/gateway/openai-http-api
 */

import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Context, Middleware } from 'koa';
import type { Door } from './admit.ts';
import type { Agents } from './agents.ts';
import type { Backend, RunEvent } from './backends/backend.ts';
import { bodyReader } from './body.ts';
import { chunkFrom, roleChunk } from './chunks.ts';
import { completionFrom, type Head } from './completion.ts';
import type { Behaviour } from './editions.ts';
import { causeOf, noMessage, refusalFrom } from './errors.ts';
import { readCall, type Call } from './request.ts';
import { placeOf, type Place, type Sessions } from './sessions.ts';
import { EventStream } from './sse.ts';
import { visible } from './visible.ts';

/** What a call meets. */
export interface House {
  readonly door: Door;
  readonly agents: Agents;
  readonly sessions: Sessions;
  readonly backend: Backend;
  readonly traits: Behaviour;
  readonly log: (line: string) => void;
}

export function chat(house: House): Middleware {
  const { door, agents, traits } = house;
  const readBody = bodyReader(traits.bodyLimit);
  return async (ctx) => {
    door.admit(ctx.req);
    const call = readCall(await readBody(ctx), traits);
    const agent = agents.choose(call.model, ctx.req.headers);
    const place = placeOf(agent, call.user, ctx.req.headers, agents, traits);
    // Whom a call names is looked at before what it says.
    if (call.prompt === undefined) throw noMessage();
    const head = { id: `chatcmpl_${randomUUID()}`, created: Math.floor(Date.now() / 1000), model: call.model };
    const signal = leaving(ctx.res);
    const events = converse(house, { ...call, prompt: call.prompt }, place, head.id, signal);
    if (call.stream) await stream(house, ctx, call, head, events, signal);
    else ctx.body = await completionFrom(head, events, traits.countsUsage);
  };
}

/** Aborts when the caller leaves. The request's own 'close' would not do: it comes as soon as the body is read. */
function leaving(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => controller.abort());
  if (response.destroyed) controller.abort();
  return controller.signal;
}

/** One run in its session, remembered when it came to its end and somebody was there to hear it. */
async function* converse(
  { backend, sessions }: House,
  { instructions, prompt }: Call & { readonly prompt: string },
  place: Place,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<RunEvent, void> {
  const visit = await sessions.enter(place, signal);
  try {
    const { agent, key: sessionKey } = place;
    const run = { id, agent, sessionKey, instructions, history: visit.history, prompt };
    let answer = '';
    for await (const event of visible(backend.run(run, signal))) {
      if (event.type === 'text') answer += event.text;
      yield event;
    }
    if (signal.aborted) return;
    visit.remember([
      { role: 'user', text: prompt },
      { role: 'assistant', text: answer },
    ]);
  } finally {
    visit.leave();
  }
}

async function stream(
  { traits, log }: House,
  ctx: Context,
  call: Call,
  head: Head,
  events: AsyncIterable<RunEvent>,
  signal: AbortSignal,
): Promise<void> {
  ctx.respond = false;
  const out = new EventStream(ctx.res);
  out.open(roleChunk(head));
  try {
    for await (const event of events) {
      if (signal.aborted) return;
      if (event.type === 'usage' && !(call.includeUsage && traits.countsUsage)) continue;
      await out.send(chunkFrom(head, event));
    }
  } catch (thrown) {
    if (signal.aborted) return;
    log(`Failed to finish ${head.id}: ${causeOf(thrown)}.`);
    await out.send(refusalFrom(thrown).body);
  }
  out.end();
}
