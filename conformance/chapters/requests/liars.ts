/** Wrong gateways that misread a request. */

import type { Liar, Mutant } from '../../dial/mutant.ts';
import * as lie from '../../vocabulary/liars.ts';
import type { Json } from '../../vocabulary/liars.ts';

/** Changes `messages`, where it is a list of messages; other requests pass unchanged. */
export const messages = (change: (list: readonly Json[]) => readonly unknown[]): Liar =>
  lie.asks((body) =>
    Array.isArray(body?.messages) && body.messages.every((message: Json) => message?.role)
      ? { ...body, messages: change(body.messages) }
      : body,
  );

/** Refuses good requests: 400 for those like this. */
export const refusing =
  (like: (body: Json) => boolean): Mutant =>
  async (request, faithful) =>
    like((await lie.bodyOf(request)) ?? {})
      ? lie.answer(400, { error: { message: 'No.', type: 'invalid_request_error' } })
      : faithful(request);

const KNOWN = new Set(['model', 'messages', 'stream', 'stream_options', 'user']);

/** Another answer to requests with fields that are not in `KNOWN`. */
export const unlike =
  (otherwise: () => Response): Mutant =>
  async (request, faithful) => {
    const body = await lie.bodyOf(request);
    const strange = body?.messages && Object.keys(body).some((name) => !KNOWN.has(name));
    return strange ? otherwise() : faithful(request);
  };

/** Writes refusals as an event stream where a stream was asked for; `events` is its whole text. */
export const streamsRefusals = (status: number, events: string): Mutant =>
  lie.replies(async (response, request) =>
    response.status === 400 && (await lie.bodyOf(request))?.stream === true
      ? new Response(events, { status, headers: { 'content-type': 'text/event-stream' } })
      : response,
  );
