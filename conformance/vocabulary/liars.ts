/**
 * Makers of mutants. A mutant is a faithful gateway behind a liar, which gets the request and the faithful gateway, and
 * returns any response. A separate kind of liar stands in front of the raw socket.
 */
import type { Liar, RawLiar, Mutant } from '../dial/mutant.ts';

/** JSON that a mutant edits. */
// oxlint-disable-next-line typescript/no-explicit-any -- a liar may put anything anywhere
export type Json = any;

/** A mutant of the raw socket. */
export const raw = (liar: RawLiar): Mutant => ({ raw: liar });

/** Rewrites every response to fetch. */
export const replies =
  (rewrite: (response: Response, request: Request) => Response | Promise<Response>): Liar =>
  async (request, faithful) =>
    // Clone only for a rewriter that reads the request: bodies may have 21 MiB.
    rewrite(await faithful(rewrite.length > 1 ? request.clone() : request), request);

/** Rewrites the JSON of every request before the gateway sees it. */
export const asks =
  (rewrite: (body: Json) => Json): Liar =>
  async (request, faithful) => {
    const body = await bodyOf(request);
    return faithful(body === undefined ? request : withBody(request, JSON.stringify(rewrite(body) ?? body)));
  };

/**
 * Calls of one owner have these fields as its first call has them.
 *
 * @param owner names it; nothing leaves a call alone.
 * @param last as its last call that has some of them has them, instead.
 */
export function sticky(fields: readonly string[], owner: (body: Json) => unknown, last = false): Liar {
  const held = new Map<unknown, Json>();
  return asks((body) => {
    const name = body?.messages && owner(body);
    if (!name) return body;
    const given = Object.fromEntries(fields.map((field) => [field, body[field]]));
    const gives = fields.some((field) => given[field] !== undefined);
    if (!held.has(name) || (last && gives)) held.set(name, given);
    return { ...body, ...held.get(name) };
  });
}

/** Rewrites the JSON of every successful response that is no stream. */
export const completion = (rewrite: (body: Json, request: Request) => Json): Liar =>
  replies(async (response, request) =>
    response.ok && !isStream(response) ? rewritten(response, (body) => rewrite(body, request)) : response,
  );

/** Edits the first choice of a completion. */
export const choice = (edit: (choice: Json) => Json): Liar =>
  completion((body) => ({ ...body, choices: body.choices?.map(edit) }));

/** Edits the message of a completion. */
export const message = (edit: (message: Json) => Json): Liar =>
  choice((one) => ({ ...one, message: edit(one.message) }));

/** Rewrites the JSON of every response with status 400 or above. */
export const onRefusal = (rewrite: (body: Json) => Json): Liar =>
  replies((response) => (response.status >= 400 ? rewritten(response, rewrite) : response));

/** Replaces every response with status 400 or above. */
export const insteadOfRefusal = (answer: (response: Response) => Response): Liar =>
  replies((response) => (response.status >= 400 ? answer(response) : response));

/** Replaces every response with that status. */
export const insteadOf = (status: number, answer: () => Response): Liar =>
  replies((response) => (response.status === status ? answer() : response));

/** Responds 201 in place of 200. */
export const CREATED: Liar = replies((response) =>
  response.ok ? new Response(response.body, { status: 201, headers: response.headers }) : response,
);

/** Rewrites the headers of every response. */
export const headers = (change: (headers: Headers) => void): Liar =>
  replies((response) => {
    const changed = new Headers(response.headers);
    change(changed);
    return new Response(response.body, { status: response.status, headers: changed });
  });

/** Rewrites a stream event by event: `data` is the event's data, and each returned string becomes an event. */
export const frames = (rewrite: (data: string, index: number) => readonly string[]): Liar =>
  events((data, index) =>
    rewrite(data, index)
      .map((one) => `data: ${one}\n\n`)
      .join(''),
  );

/**
 * Rewrites a stream event by event; the returned text is written unframed. `end` returns text to append at the end. Not by
 * `splitFrames`, which reads a whole body: an event is passed on when it has come. The reference ends each by two LF.
 */
export function events(rewrite: (data: string, index: number) => string, end: () => string = () => ''): Liar {
  return replies((response) => {
    if (!isStream(response) || !response.body) return response;
    let index = 0;
    let held = '';
    const decoder = new TextDecoder();
    const encoder = new TextEncoder();
    const body = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(bytes, controller) {
          held += decoder.decode(bytes, { stream: true });
          const parts = held.split('\n\n');
          held = parts.pop()!;
          for (const part of parts) controller.enqueue(encoder.encode(rewrite(part.replace(/^data: /, ''), index++)));
        },
        flush(controller) {
          controller.enqueue(encoder.encode(held + end()));
        },
      }),
    );
    return new Response(body, { status: response.status, headers: response.headers });
  });
}

/** Rewrites a stream chunk by chunk: an array becomes several chunks, an empty one drops it. `[DONE]` is kept. */
export const chunks = (rewrite: (chunk: Json, index: number) => Json): Liar =>
  frames((data, index) => {
    const chunk = parsed(data);
    if (chunk === undefined) return [data];
    const result = rewrite(chunk, index) as unknown;
    return (Array.isArray(result) ? result : [result]).map((one) => JSON.stringify(one));
  });

/** Buffers a stream to its end, then rewrites its text. */
export const wholeStream = (rewrite: (text: string) => string | Uint8Array<ArrayBuffer>): Liar =>
  replies(async (response) =>
    isStream(response)
      ? new Response(rewrite(await response.text()), { status: response.status, headers: response.headers })
      : response,
  );

/** A JSON response. */
export const answer = (status: number, body: Json, extra: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...extra } });

/** The 401 of a faithful gateway. */
export const unauthorized = (): Response => answer(401, { error: { message: 'Unauthorized', type: 'unauthorized' } });

/** Applies a liar only to requests whose body matches. */
export const aboutRequest =
  (body: RegExp, liar: Liar): Liar =>
  async (request, faithful) =>
    body.test(await request.clone().text()) ? liar(request, faithful) : faithful(request);

/** Applies a liar only to requests with that header. */
export const aboutHeader =
  (name: string, liar: Liar): Liar =>
  (request, faithful) =>
    request.headers.has(name) ? liar(request, faithful) : faithful(request);

/** Lies only about calls that ask for a stream. */
export const aboutStreams = (liar: Liar): Liar => aboutRequest(/"stream":true/, liar);

/** Lies only about calls that name a user. */
export const aboutUsers = (liar: Liar): Liar => aboutRequest(/"user":"/, liar);

/** Hides from the gateway that the client disconnected: neither the signal nor the connection shows it. */
export const deaf: Liar = async (request, faithful) => {
  const response = await faithful(request, { signal: null });
  if (!response.body) return response;
  const [kept, given] = response.body.tee();
  // When the gateway breaks off, the client's branch of the body reports it.
  kept.pipeTo(new WritableStream()).catch(() => undefined);
  return new Response(given, response);
};

/** Throws what fetch throws when the gateway resets the connection. */
export function reset(): never {
  throw new TypeError('fetch failed', { cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }) });
}

/** A constant completion, as from a gateway that runs no agent. */
export const canned = (text = 'Hello'): Response =>
  answer(200, {
    id: 'chatcmpl_canned',
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1000),
    model: 'openclaw',
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  });

/** Whether a chunk has text. */
export const saysText = (chunk: Json): boolean => typeof chunk?.choices?.[0]?.delta?.content === 'string';
/** Whether a chunk has a finish reason. */
export const finishes = (chunk: Json): boolean => Boolean(chunk?.choices?.[0]?.finish_reason);

/** Drops every chunk with a finish reason. */
export const neverFinishes: Liar = chunks((chunk) => (finishes(chunk) ? [] : chunk));

/** Whether a response is a stream, by its content type. */
export const isStream = (response: Response): boolean =>
  response.headers.get('content-type')?.includes('text/event-stream') ?? false;

/** The JSON of a request, without consuming it; undefined when it is not JSON. */
export const bodyOf = async (request: Request): Promise<Json> => parsed(await request.clone().text());

/** The same request with other headers. */
export function withHeaders(request: Request, change: (headers: Headers) => void): Request {
  const changed = new Headers(request.headers);
  change(changed);
  return new Request(request, { headers: changed });
}

/** The same request with another body. */
export function withBody(request: Request, body: string): Request {
  const kept = new Headers(request.headers);
  kept.delete('content-length');
  return new Request(request.url, { method: request.method, headers: kept, body, signal: request.signal });
}

async function rewritten(response: Response, rewrite: (body: Json) => Json): Promise<Response> {
  const text = await response.clone().text();
  const body = parsed(text);
  if (body === undefined) return response;
  const kept = new Headers(response.headers);
  kept.delete('content-length');
  return new Response(JSON.stringify(rewrite(body)), { status: response.status, headers: kept });
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
