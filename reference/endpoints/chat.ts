/**
 * `POST /v1/chat/completions`, in five steps: admit, read the body, choose the agent, find the session, run.
 * Source: https://docs.openclaw.ai/gateway/openai-http-api
 */

import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Context, Middleware } from 'koa';
import { chunkFrom, jsonOf, roleChunk } from '../answer/chunks.ts';
import { CompletionBuilder, sendCompletion, type Head } from '../answer/completion.ts';
import type { Begun } from '../answer/faulty.ts';
import { EventStream } from '../answer/sse.ts';
import { View } from '../answer/visible.ts';
import type { Backend, Hear, Run, RunEvent, Running } from '../backends/backend.ts';
import type { Fault } from '../backends/fault.ts';
import type { Agents } from '../call/agents.ts';
import type { Guard } from '../call/guard.ts';
import { readCall, type Call } from '../call/request.ts';
import { placeOf, type Place } from '../call/session-key.ts';
import { areAmbiguous } from '../call/tools.ts';
import type { Behaviour } from '../editions/editions.ts';
import { ambiguousTools, noMessage, notAllowed } from '../errors.ts';
import type { Faults } from '../faults.ts';
import { bodyReader } from '../http/body.ts';
import { causeOf, refusalFrom } from '../http/failures.ts';
import type { Journal } from '../journal/journal.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { Meter, STEP, Text, steps, turn } from '../steps.ts';

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
  const { guard, agents, sessions, backend, faults, traits, journal } = services;
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
    const begin: Running = (hear) => converse(services, run, place, signal, hear);
    const answer = { services, ctx, call, head, signal };
    const fault = faults?.take(run);
    if (fault !== undefined) return await answerFaulty(answer, begin, fault);
    const begun =
      backend.faulty?.() === true ? await (await import('../answer/faulty.ts')).untilFault(begin) : undefined;
    if (begun?.fault !== undefined) return await answerFaulty(answer, begun.run, begun.fault, begun.stop);
    const running = begun?.run ?? begin;
    if (traits.asReleased) await answerAsReleased(answer, running, place);
    else if (call.stream) await stream(answer, running, new EventStream(ctx.res, traits.headers, jsonOf(head)));
    else await sendWhole(answer, running);
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

/**
 * Answers with a fault. The writer of faults is loaded by the first call that has one.
 *
 * @param stop Ends a run that has begun.
 */
async function answerFaulty(answer: Answering, run: Running, fault: Fault, stop?: Begun['stop']): Promise<void> {
  const { services, ctx, call, signal } = answer;
  const { headers } = services.traits;
  services.journal?.note(ctx.req, { fault });
  const { FaultyStream, refused, sendFaulty } = await import('../answer/faulty.ts');
  const refusal = await refused(fault, signal);
  if (refusal !== undefined) {
    await stop?.();
    throw refusal;
  }
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
  const released = new RunAsReleased({ streamed: call.stream, model: services.agents.modelOf(agent) }, traits);
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

/** How long a session stays locked in releases that do not unlock it: longer than any client waits. */
const LOCKED_MS = 60_000;

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

/** One run in its session. The session remembers it when it ended by itself and the client had not left. */
async function converse(
  { backend, sessions, traits }: Services,
  call: Omit<Run, 'history'>,
  place: Place,
  signal: AbortSignal,
  hear: Hear,
): Promise<void> {
  // Thrown only now, after the role chunk of a stream: releases detect it when the run begins.
  if (areAmbiguous(call.tools ?? [], traits)) throw ambiguousTools();
  const visit = await sessions.enter(place, signal, traits.firstTurns === 'unseen');
  try {
    const view = new View(traits.halves === 'joined');
    const answer = new Text();
    const record: Hear = (seen) => {
      if (!place.kept) return hear(seen);
      if (seen.type === 'text' || seen.type === 'arguments') answer.add(seen.text);
      else if (seen.type === 'call') answer.add(`tool_call id=${seen.id} name=${seen.name} arguments=`);
      return hear(seen);
    };
    await inSteps(backend.run({ ...call, history: visit.history }, signal), (event) => {
      const seen = view.of(event);
      return seen && record(seen);
    });
    for (const seen of view.end()) {
      const drain = record(seen);
      if (drain !== undefined) await drain;
    }
    if (signal.aborted) return;
    visit.remember([
      { role: 'user', text: call.prompt },
      { role: 'assistant', text: String(answer) },
    ]);
  } finally {
    const locked = call.stream === true && signal.aborted && traits.left === 'stops, and shuts';
    if (locked) setTimeout(() => visit.leave(), LOCKED_MS).unref();
    else visit.leave();
  }
}

/** The work of an event beside its text, counted in characters. */
const EVENT_COST = 64;

/** Passes on all events of a run. Other requests are served between steps, and a long piece is passed on in several. */
async function inSteps(events: ReturnType<Backend['run']>, hear: Hear): Promise<void> {
  const meter = new Meter();
  const each = (event: RunEvent): Promise<void> | void => {
    if (event.type === 'step') return turn();
    const length = 'text' in event ? event.text.length : 0;
    if ('text' in event && length > STEP) return inPieces(event, hear);
    const drain = hear(event);
    return meter.full(EVENT_COST + length) ? Promise.resolve(drain).then(turn) : drain;
  };
  // `for await` also awaits each event of a sync iterable, hence two loops.
  if (Symbol.iterator in events) {
    for (const event of events) {
      const drain = each(event);
      if (drain !== undefined) await drain;
    }
  } else {
    for await (const event of events) {
      const drain = each(event);
      if (drain !== undefined) await drain;
    }
  }
}

async function inPieces(event: Extract<RunEvent, { text: string }>, hear: Hear): Promise<void> {
  for (const text of steps(event.text)) {
    await hear({ ...event, text });
    await turn();
  }
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
      if (signal.aborted || event.type === 'fault' || event.type === 'step') return undefined;
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
