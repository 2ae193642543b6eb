/**
 * One call, one answer, in five steps: admit, read, choose the agent, find the session, run.
 * Source: https://docs.openclaw.ai/gateway/openai-http-api
 */

import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Context, Middleware } from 'koa';
import type { Door } from './admit.ts';
import type { Agents } from './agents.ts';
import type { Backend, RunEvent, Turn } from './backends/backend.ts';
import { bodyReader } from './body.ts';
import { chunkFrom, jsonOf, roleChunk } from './chunks.ts';
import { completionFrom, type Head } from './completion.ts';
import type { Behaviour } from './editions.ts';
import { causeOf, noMessage, refusalFrom } from './errors.ts';
import type { Fault, Faults } from './faults.ts';
import type { Journal } from './journal.ts';
import { readCall, type Call } from './request.ts';
import { placeOf, type Place, type Sessions } from './sessions.ts';
import { EventStream } from './sse.ts';
import { View } from './visible.ts';

/** What a call meets. */
export interface House {
  readonly door: Door;
  readonly agents: Agents;
  readonly sessions: Sessions;
  readonly backend: Backend;
  /** Undefined when nobody asks for any. */
  readonly faults: Faults | undefined;
  readonly traits: Behaviour;
  readonly log: (line: string) => void;
  readonly journal: Journal | undefined;
}

export function chat(house: House): Middleware {
  const { door, agents, backend, faults, traits } = house;
  const readBody = bodyReader(traits);
  const watch = traits.left === 'goes on' ? () => new AbortController().signal : leaving;
  return async (ctx) => {
    door.admit(ctx.req);
    const call = readCall(await readBody(ctx), traits);
    const agent = agents.choose(call.model, ctx.req.headers);
    const place = placeOf(agent, call.user, ctx.req.headers, agents, traits);
    const override = agents.override(ctx.req.headers);
    // Whom a call names is looked at before what it says.
    if (call.fault !== undefined) throw call.fault;
    if (call.prompt === undefined || call.message === undefined) throw noMessage();
    const head = { id: `chatcmpl_${randomUUID()}`, created: Math.floor(Date.now() / 1000), model: call.model };
    house.journal?.note(ctx.req, {
      agent: place.agent,
      sessionKey: place.key,
      remembered: house.sessions.read(place.key)?.length ?? 0,
      run: head.id,
      model: call.model,
      stream: call.stream,
    });
    const signal = watch(ctx.res);
    const said = { ...call, prompt: call.prompt, message: call.message, override };
    const events = converse(house, said, place, head.id, ctx.req.headers, signal);
    if (faults !== undefined || backend.faulty?.() === true) {
      const fault = await faultOf(house, said, place, ctx.req.headers, events);
      if (fault !== undefined) {
        house.journal?.note(ctx.req, { fault });
        return await answerFaulty(house, ctx, call, head, events, fault, signal);
      }
    }
    if (traits.asReleased) return await answerAsReleased(house, ctx, call, place, head, events, signal);
    if (call.stream) await stream(house, ctx, call, head, events, new EventStream(ctx.res, jsonOf(head)), signal);
    else ctx.body = await completionFrom(head, events, traits.usage);
  };
}

/** What a call says that says something. */
type Said = Call & {
  readonly prompt: string;
  readonly message: Turn;
  readonly override: string | undefined;
};

/** The fault that somebody asked for, known before anything of the answer is sent. */
async function faultOf(
  { faults, backend }: House,
  said: Said,
  { agent, key: sessionKey }: Place,
  headers: IncomingHttpHeaders,
  events: AsyncGenerator<RunEvent, void>,
): Promise<Fault | undefined> {
  const taken = faults?.take({ ...said, agent, sessionKey, headers });
  if (taken !== undefined || backend.faulty?.() !== true) return taken;
  const { value } = await events.next();
  return value?.type === 'fault' && Object.keys(value.fault).length > 0 ? value.fault : undefined;
}

/** Only who asks for a fault loads what it takes. */
async function answerFaulty(
  house: House,
  ctx: Context,
  call: Call,
  head: Head,
  events: AsyncGenerator<RunEvent, void>,
  fault: Fault,
  signal: AbortSignal,
): Promise<void> {
  const { FaultyStream, refused, sendFaulty } = await import('./faulty.ts');
  const refusal = await refused(fault, signal);
  if (refusal !== undefined) {
    await events.return();
    throw refusal;
  }
  if (call.stream)
    return await stream(house, ctx, call, head, events, new FaultyStream(ctx.res, fault, signal), signal);
  const completion = await completionFrom(head, events, house.traits.usage);
  ctx.respond = false;
  await sendFaulty(ctx.res, completion, fault, signal);
}

/** Only who asks for a release's faults loads them. */
async function answerAsReleased(
  house: House,
  ctx: Context,
  call: Call,
  { agent }: Place,
  head: Head,
  events: AsyncIterable<RunEvent>,
  signal: AbortSignal,
): Promise<void> {
  const { StreamAsReleased, runAsReleased } = await import('./as-released.ts');
  const { traits } = house;
  const model = house.agents.modelOf(agent);
  const faulty = runAsReleased(events, { streamed: call.stream, model }, traits);
  if (!call.stream) ctx.body = await completionFrom(head, faulty, traits.usage);
  else await stream(house, ctx, call, head, faulty, new StreamAsReleased(ctx.res, traits), signal);
}

/** Longer than anybody waits. */
const SHUT_MS = 60_000;

const LEFT = new Error('The caller left.');

/** Aborts when the caller leaves. The request's own 'close' would not do: it comes as soon as the body is read. */
function leaving(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  const left = (): void => {
    // With no reason given an error is made of the place where this stands, which costs more than a whole call.
    if (!response.writableFinished) controller.abort(LEFT);
  };
  response.once('close', left);
  if (response.destroyed) left();
  return controller.signal;
}

/** One run in its session, remembered when it came to its end and somebody was there to hear it. */
async function* converse(
  { backend, sessions, traits }: House,
  { instructions, prompt, message, model, override, stream, tools, toolChoice }: Said,
  place: Place,
  id: string,
  headers: IncomingHttpHeaders,
  signal: AbortSignal,
): AsyncGenerator<RunEvent, void> {
  const visit = await sessions.enter(place, signal);
  try {
    const { agent, key: sessionKey } = place;
    const asked = { prompt, message, model, override, stream, headers, tools, toolChoice };
    const run = { id, agent, sessionKey, instructions, history: visit.history, ...asked };
    let answer = '';
    const view = new View(traits.halves === 'joined');
    for await (const event of backend.run(run, signal)) {
      const seen = view.of(event);
      if (seen?.type === 'text' || seen?.type === 'arguments') answer += seen.text;
      else if (seen?.type === 'call') answer += `tool_call id=${seen.id} name=${seen.name} arguments=`;
      if (seen !== undefined) yield seen;
    }
    for (const seen of view.end()) {
      if (seen.type === 'text') answer += seen.text;
      yield seen;
    }
    if (signal.aborted) return;
    visit.remember([
      { role: 'user', text: prompt },
      { role: 'assistant', text: answer },
    ]);
  } finally {
    if (stream && signal.aborted && traits.left === 'stops, and shuts')
      setTimeout(() => visit.leave(), SHUT_MS).unref();
    else visit.leave();
  }
}

/** Where chunks go. */
interface Out {
  open(first: object): void | Promise<void>;
  /** A promise when there is no room for the next one: it resolves when there is. */
  send(value: object): Promise<void> | undefined;
  end(): void | Promise<void>;
}

async function stream(
  { traits, log }: House,
  ctx: Context,
  call: Call,
  head: Head,
  events: AsyncIterable<RunEvent>,
  out: Out,
  signal: AbortSignal,
): Promise<void> {
  ctx.respond = false;
  await out.open(roleChunk(head));
  try {
    for await (const event of events) {
      if (signal.aborted) return;
      if (event.type === 'fault') continue;
      if (event.type === 'usage' && !(call.includeUsage && traits.usageChunk)) continue;
      const room = out.send(chunkFrom(head, event));
      if (room !== undefined) await room;
    }
  } catch (thrown) {
    if (signal.aborted) return;
    log(`Failed to finish ${head.id}: ${causeOf(thrown)}.`);
    await out.send(refusalFrom(thrown).body);
  }
  await out.end();
}
