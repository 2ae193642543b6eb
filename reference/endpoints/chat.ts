/**
 * `POST /v1/chat/completions`, in five steps: admit, read the body, choose the agent, find the session, run.
 * Source: https://docs.openclaw.ai/gateway/openai-http-api
 */

import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Context, Middleware } from 'koa';
import { chunkFrom, jsonOf, roleChunk } from '../answer/chunks.ts';
import { CompletionBuilder, sendCompletion, type Head } from '../answer/completion.ts';
import { EventStream } from '../answer/sse.ts';
import type { Backend, RunEvent, Running } from '../backends/backend.ts';
import type { Fault } from '../backends/fault.ts';
import type { Agents } from '../call/agents.ts';
import type { Guard } from '../call/guard.ts';
import { readCall, type Call } from '../call/request.ts';
import { placeOf, type Place } from '../call/session-key.ts';
import type { Behaviour } from '../editions/editions.ts';
import { noMessage, notAllowed } from '../errors.ts';
import type { Faults } from '../faults.ts';
import { bodyReader } from '../http/body.ts';
import { causeOf, refusalFrom } from '../http/failures.ts';
import type { Journal } from '../journal/journal.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { Conversation } from './conversation.ts';

/** The parts of a gateway that a call uses. */
export interface Services {
  readonly guard: Guard;
  readonly agents: Agents;
  readonly sessions: Sessions;
  readonly backend: Backend;
  /** Undefined when no fault can be requested. */
  readonly faults: Faults | undefined;
  readonly traits: Behaviour;
  /** Takes one line, without its line end. */
  readonly log: (line: string) => void;
  readonly journal: Journal | undefined;
}

const PATH = '/v1/chat/completions';

/**
 * Middleware that answers the endpoint and passes other paths on. It throws a `Refusal` for a call that it does not
 * run, or whose run fails before the headers are sent.
 */
export function chat(services: Services): Middleware {
  const { guard, agents, sessions, faults, traits, journal } = services;
  const readBody = bodyReader(traits);
  const watch = traits.left === 'goes on' ? () => new AbortController().signal : leaving;
  return async (ctx, next) => {
    // `answered` in gateway.ts has reduced the URL to its path.
    if (ctx.req.url !== PATH) return await next();
    if (ctx.method !== 'POST') throw notAllowed('POST');
    guard.admit(ctx.req);
    const call = readCall(await readBody(ctx), traits);
    const agent = agents.choose(call.model, ctx.req.headers);
    const place = placeOf(agent, call.user, ctx.req.headers, agents, traits);
    const override = agents.override(ctx.req.headers);
    if (override !== undefined) guard.permitOverride(ctx.req);
    // Errors about the agent or session come before errors about the body, as in releases.
    if (call.rejection !== undefined) throw call.rejection;
    if (call.prompt === undefined || call.message === undefined) throw noMessage();
    const head = { id: `chatcmpl_${randomUUID()}`, created: Math.floor(Date.now() / 1000), model: call.model };
    journal?.note(ctx.req, {
      agent: place.agent,
      sessionKey: place.key,
      remembered: sessions.read(place.key)?.length ?? 0,
      run: head.id,
      model: call.model,
      stream: call.stream,
    });
    const run = {
      id: head.id,
      agent: place.agent,
      sessionKey: place.key,
      instructions: call.instructions,
      prompt: call.prompt,
      message: call.message,
      model: call.model,
      override,
      stream: call.stream,
      headers: ctx.req.headers,
      parameters: call.parameters,
      images: call.images,
      tools: call.tools,
      toolChoice: call.toolChoice,
      played: journal && ((reply: string) => journal.note(ctx.req, { reply })),
    };
    const signal = watch(ctx.res);
    const conversation = new Conversation(services, run, place, signal);
    const running: Running = (hear) => conversation.run(hear);
    const answer = { services, ctx, call, head, signal };
    try {
      const fault = faults?.take(run) ?? (await conversation.fault());
      if (fault !== undefined) await answerFaulty(answer, running, fault);
      else if (traits.asReleased) await answerAsReleased(answer, running, place);
      else if (call.stream) await stream(answer, running, new EventStream(ctx.res, traits.headers, jsonOf(head)));
      else await sendWhole(answer, running);
    } finally {
      conversation.leave();
    }
  };
}

/** What each way to answer a call needs. */
interface Answering {
  readonly services: Services;
  readonly ctx: Context;
  readonly call: Call;
  readonly head: Head;
  readonly signal: AbortSignal;
}

/** Answers with a fault. The writer of faults is loaded by the first call that has one. */
async function answerFaulty(answer: Answering, run: Running, fault: Fault): Promise<void> {
  const { services, ctx, call, signal } = answer;
  const { headers } = services.traits;
  services.journal?.note(ctx.req, { fault });
  const { FaultyStream, refused, sendFaulty } = await import('../answer/faulty.ts');
  const refusal = await refused(fault, signal);
  if (refusal !== undefined) throw refusal;
  if (call.stream) return await stream(answer, run, new FaultyStream(ctx.res, headers, fault, signal));
  const builder = await collected(answer, run);
  ctx.respond = false;
  await sendFaulty(ctx.res, headers, builder.completion(answer.head), fault, signal);
}

/** Answers with the mistakes of a release. They are loaded by the first call of a gateway with `asReleased`. */
async function answerAsReleased(answer: Answering, run: Running, { agent }: Place): Promise<void> {
  const { RunAsReleased, StreamAsReleased } = await import('../answer/as-released.ts');
  const { services, ctx, call } = answer;
  const { traits } = services;
  const released = new RunAsReleased(
    {
      streamed: call.stream,
      model: services.agents.modelOf(agent),
      tools: call.tools.length > 0 && traits.toolSearch === 'shows',
    },
    traits,
  );
  const running: Running = async (hear) => {
    const pass = async (events: Iterable<RunEvent>): Promise<void> => {
      for (const event of events) await hear(event);
    };
    try {
      await run((event) => pass(released.of(event)));
    } catch (cause) {
      await pass(released.failed(cause));
    }
  };
  if (call.stream) await stream(answer, running, new StreamAsReleased(ctx.res, traits));
  else await sendWhole(answer, running);
}

const LEFT = new Error('The client left.');

/**
 * A signal that aborts when the client leaves. The request's 'close' event would not do: it comes once the body is
 * read.
 */
function leaving(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  const clientLeft = (): void => {
    // Pass a ready reason: otherwise `abort()` captures a stack trace, which costs more than the whole call.
    if (!response.writableFinished) controller.abort(LEFT);
  };
  response.once('close', clientLeft);
  if (response.destroyed) clientLeft();
  return controller.signal;
}

async function collected({ services }: Answering, run: Running): Promise<CompletionBuilder> {
  const builder = new CompletionBuilder(services.traits.usage);
  await run((event) => builder.add(event));
  return builder;
}

/** Writes to the response directly: Koa would inspect the body for its type, which is always JSON. */
async function sendWhole(answer: Answering, run: Running): Promise<void> {
  const builder = await collected(answer, run);
  answer.ctx.respond = false;
  await sendCompletion(answer.ctx.res, answer.services.traits.headers, builder, answer.head);
}

/** The writer of a stream. */
interface Out {
  open(first: object): void | Promise<void>;
  /** Returns a promise when the socket buffer is full; it resolves on drain, or when the client has left. */
  send(value: object): Promise<void> | undefined;
  end(): void | Promise<void>;
}

async function stream({ services, ctx, call, head, signal }: Answering, run: Running, out: Out): Promise<void> {
  const { traits, log, journal } = services;
  ctx.respond = false;
  await out.open(roleChunk(head));
  try {
    await run((event) => {
      if (signal.aborted || event.type === 'step') return undefined;
      if (event.type === 'usage' && !(call.includeUsage && traits.usageChunk)) return undefined;
      return out.send(chunkFrom(head, event));
    });
  } catch (cause) {
    if (signal.aborted) return;
    log(`Failed to finish ${head.id}: ${causeOf(cause)}.`);
    const refusal = refusalFrom(cause);
    journal?.note(ctx.req, { message: refusal.message });
    await out.send(refusal.body);
  }
  if (!signal.aborted) await out.end();
}
