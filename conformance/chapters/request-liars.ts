/** Wrong gateways that misread a request. */
import * as lie from '../mutants.ts';
import type { Json, Mutant } from '../mutants.ts';

/** Changes `messages`, where it is a list of messages. */
export const messages = (change: (list: readonly Json[]) => readonly unknown[]): Mutant =>
  lie.asks((body) =>
    Array.isArray(body?.messages) && body.messages.every((message: Json) => message?.role)
      ? { ...body, messages: change(body.messages) }
      : body,
  );

/** Refuses requests that are fine. */
export const refusing =
  (like: (body: Json) => boolean): Mutant =>
  async (request, faithful) =>
    like((await readJson(request)) ?? {})
      ? lie.answer(400, { error: { message: 'No.', type: 'invalid_request_error' } })
      : faithful(request);

const KNOWN = new Set(['model', 'messages', 'stream', 'stream_options', 'user']);

/** Answers something else where a request has fields that this gateway never heard of. */
export const unlike =
  (otherwise: () => Response): Mutant =>
  async (request, faithful) => {
    const body = await readJson(request);
    const strange = body?.messages && Object.keys(body).some((name) => !KNOWN.has(name));
    return strange ? otherwise() : faithful(request);
  };

/** Puts refusals into an event stream where one was asked for. */
export const streamsRefusals = (status: number, events: string): Mutant =>
  lie.replies(async (response, request) =>
    response.status === 400 && (await readJson(request))?.stream === true
      ? new Response(events, { status, headers: { 'content-type': 'text/event-stream' } })
      : response,
  );

/** undefined where the request is no JSON. */
export async function readJson(request: Request): Promise<Json> {
  return request
    .clone()
    .json()
    .catch(() => undefined) as Promise<Json>;
}
