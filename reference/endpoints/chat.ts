/**
 * One call, one answer, in five steps: admit, read, choose the agent, find the session, run.
 * Source: https://docs.openclaw.ai/gateway/openai-http-api
 */

import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Context, Middleware } from 'koa';
import { chunkFrom, jsonOf, roleChunk } from '../answer/chunks.ts';
import { Draft, sendCompletion, type Head } from '../answer/completion.ts';
import type { Begun } from '../answer/faulty.ts';
import { EventStream } from '../answer/sse.ts';
import { View } from '../answer/visible.ts';
import type { Backend, Hear, Run, RunEvent, Running } from '../backends/backend.ts';
import type { Agents } from '../call/agents.ts';
import type { Door } from '../call/guard.ts';
import { readCall, type Call } from '../call/request.ts';
import { placeOf, type Place } from '../call/session-key.ts';
import { hasTwins } from '../call/tools.ts';
import type { Behaviour } from '../editions/editions.ts';
import { causeOf, noMessage, notAllowed, refusalFrom, twinTools } from '../errors.ts';
import type { Fault, Faults } from '../faults.ts';
import { bodyReader } from '../http/body.ts';
import type { Journal } from '../journal/journal.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { Meter, STEP, Text, steps, turn } from '../steps.ts';

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

const PATH = '/v1/chat/completions';

/** Answers the endpoint, and passes the rest on. */
export function chat(house: House): Middleware {
  const { door, agents, backend, faults, traits } = house;
  const readBody = bodyReader(traits);
  const watch = traits.left === 'goes on' ? () => new AbortController().signal : leaving;
  return async (ctx, next) => {
    // The URL is a path by now.
    if (ctx.req.url !== PATH) return await next();
    if (ctx.method !== 'POST') throw notAllowed('POST');
    door.admit(ctx.req);
    const call = readCall(await readBody(ctx), traits);
    const agent = agents.choose(call.model, ctx.req.headers);
    const place = placeOf(agent, call.user, ctx.req.headers, agents, traits);
    const override = agents.override(ctx.req.headers);
    // Whom a call names is looked at before what it says.
    if (call.fault !== undefined) throw call.fault;
    if (call.prompt === undefined || call.message === undefined) throw noMessage();
    const { journal } = house;
    const head = { id: `chatcmpl_${randomUUID()}`, created: Math.floor(Date.now() / 1000), model: call.model };
    journal?.note(ctx.req, {
      agent: place.agent,
      sessionKey: place.key,
      remembered: house.sessions.read(place.key)?.length ?? 0,
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
      tools: call.tools,
      toolChoice: call.toolChoice,
      played: journal && ((reply: string) => journal.note(ctx.req, { reply })),
    };
    const signal = watch(ctx.res);
    const begin: Running = (hear) => converse(house, run, place, signal, hear);
    const answer = { house, ctx, call, head, signal };
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

/** What every way to answer a call needs. */
interface Answering {
  readonly house: House;
  readonly ctx: Context;
  readonly call: Call;
  readonly head: Head;
  readonly signal: AbortSignal;
}

/**
 * Only who asks for a fault loads what it takes.
 *
 * @param stop Ends a run that has begun.
 */
async function answerFaulty(answer: Answering, run: Running, fault: Fault, stop?: Begun['stop']): Promise<void> {
  const { house, ctx, call, signal } = answer;
  const { headers } = house.traits;
  house.journal?.note(ctx.req, { fault });
  const { FaultyStream, refused, sendFaulty } = await import('../answer/faulty.ts');
  const refusal = await refused(fault, signal);
  if (refusal !== undefined) {
    await stop?.();
    throw refusal;
  }
  if (call.stream) return await stream(answer, run, new FaultyStream(ctx.res, headers, fault, signal));
  const draft = await draftOf(answer, run);
  ctx.respond = false;
  await sendFaulty(ctx.res, headers, draft.completion(answer.head), fault, signal);
}

/** Only who asks for a release's faults loads them. */
async function answerAsReleased(answer: Answering, run: Running, { agent }: Place): Promise<void> {
  const { RunAsReleased, StreamAsReleased } = await import('../answer/as-released.ts');
  const { house, ctx, call } = answer;
  const { traits } = house;
  const released = new RunAsReleased({ streamed: call.stream, model: house.agents.modelOf(agent) }, traits);
  const running: Running = async (hear) => {
    const tell = async (events: Iterable<RunEvent>): Promise<void> => {
      for (const event of events) await hear(event);
    };
    try {
      await run((event) => tell(released.of(event)));
    } catch (thrown) {
      await tell(released.failed(thrown));
    }
  };
  if (call.stream) await stream(answer, running, new StreamAsReleased(ctx.res, traits));
  else await sendWhole(answer, running);
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
async function converse(
  { backend, sessions, traits }: House,
  asked: Omit<Run, 'history'>,
  place: Place,
  signal: AbortSignal,
  hear: Hear,
): Promise<void> {
  // Not before the role of a stream: releases find it out when a run begins.
  if (hasTwins(asked.tools ?? [])) throw twinTools();
  const visit = await sessions.enter(place, signal);
  try {
    const view = new View(traits.halves === 'joined');
    const answer = new Text();
    const tell: Hear = (seen) => {
      if (!place.kept) return hear(seen);
      if (seen.type === 'text' || seen.type === 'arguments') answer.add(seen.text);
      else if (seen.type === 'call') answer.add(`tool_call id=${seen.id} name=${seen.name} arguments=`);
      return hear(seen);
    };
    await inSteps(backend.run({ ...asked, history: visit.history }, signal), (event) => {
      const seen = view.of(event);
      return seen && tell(seen);
    });
    for (const seen of view.end()) {
      const room = tell(seen);
      if (room !== undefined) await room;
    }
    if (signal.aborted) return;
    visit.remember([
      { role: 'user', text: asked.prompt },
      { role: 'assistant', text: String(answer) },
    ]);
  } finally {
    const shut = asked.stream === true && signal.aborted && traits.left === 'stops, and shuts';
    if (shut) setTimeout(() => visit.leave(), SHUT_MS).unref();
    else visit.leave();
  }
}

/** What an event costs beside its text, in characters. */
const EVENT_COST = 64;

/** Hears all events of a run. The event loop is served between two steps, and a long piece is heard in several. */
async function inSteps(events: ReturnType<Backend['run']>, hear: Hear): Promise<void> {
  const meter = new Meter();
  const each = (event: RunEvent): Promise<void> | void => {
    if (event.type === 'step') return turn();
    const length = 'text' in event ? event.text.length : 0;
    if ('text' in event && length > STEP) return inPieces(event, hear);
    const room = hear(event);
    return meter.full(EVENT_COST + length) ? Promise.resolve(room).then(turn) : room;
  };
  // Not "for await" for all: it waits for each event, even where nobody makes it wait.
  if (Symbol.iterator in events) {
    for (const event of events) {
      const room = each(event);
      if (room !== undefined) await room;
    }
  } else {
    for await (const event of events) {
      const room = each(event);
      if (room !== undefined) await room;
    }
  }
}

async function inPieces(event: Extract<RunEvent, { text: string }>, hear: Hear): Promise<void> {
  for (const text of steps(event.text)) {
    await hear({ ...event, text });
    await turn();
  }
}

async function draftOf({ house }: Answering, run: Running): Promise<Draft> {
  const draft = new Draft(house.traits.usage);
  await run((event) => draft.add(event));
  return draft;
}

/** Past Koa, which would look at what the body is: there is one type and one status. */
async function sendWhole(answer: Answering, run: Running): Promise<void> {
  const draft = await draftOf(answer, run);
  answer.ctx.respond = false;
  await sendCompletion(answer.ctx.res, answer.house.traits.headers, draft, answer.head);
}

/** Where chunks go. */
interface Out {
  open(first: object): void | Promise<void>;
  /** A promise when there is no room for the next one: it resolves when there is. */
  send(value: object): Promise<void> | undefined;
  end(): void | Promise<void>;
}

async function stream({ house, ctx, call, head, signal }: Answering, run: Running, out: Out): Promise<void> {
  const { traits, log } = house;
  ctx.respond = false;
  await out.open(roleChunk(head));
  try {
    await run((event) => {
      if (signal.aborted || event.type === 'fault' || event.type === 'step') return undefined;
      if (event.type === 'usage' && !(call.includeUsage && traits.usageChunk)) return undefined;
      return out.send(chunkFrom(head, event));
    });
  } catch (thrown) {
    if (signal.aborted) return;
    log(`Failed to finish ${head.id}: ${causeOf(thrown)}.`);
    const refusal = refusalFrom(thrown);
    house.journal?.note(ctx.req, { message: refusal.message });
    await out.send(refusal.body);
  }
  if (!signal.aborted) await out.end();
}
