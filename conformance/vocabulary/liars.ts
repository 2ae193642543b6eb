/**
 * A mutant is a faithful gateway behind a liar: it gets the request and the faithful gateway, and answers what it likes.
 * This is the small vocabulary in which cases write theirs. What goes over the raw socket has its liar at that door.
 */
import type { Liar, RawLiar, Mutant } from '../dial/mutant.ts';

/** JSON as a mutant edits it. */
// oxlint-disable-next-line typescript/no-explicit-any -- a liar may put anything anywhere
export type Json = any;

/** Lies on the raw socket. */
export const raw = (liar: RawLiar): Mutant => ({ raw: liar });

/** Rewrites every reply that fetch sees. */
export const replies =
  (rewrite: (response: Response, request: Request) => Response | Promise<Response>): Liar =>
  async (request, faithful) =>
    // Who does not look at the request needs no copy of it; some are of 21 MiB.
    rewrite(await faithful(rewrite.length > 1 ? request.clone() : request), request);

/** Rewrites the JSON of every request before the gateway sees it. */
export const asks =
  (rewrite: (body: Json) => Json): Liar =>
  async (request, faithful) => {
    const text = await request.clone().text();
    const body = parsed(text);
    return faithful(body === undefined ? request : withBody(request, JSON.stringify(rewrite(body) ?? body)));
  };

/** Rewrites the JSON of every successful answer that is not a stream. */
export const completion = (rewrite: (body: Json, request: Request) => Json): Liar =>
  replies(async (response, request) =>
    response.ok && !isStream(response) ? rewritten(response, (body) => rewrite(body, request)) : response,
  );

/** Edits the first choice of a completion. */
export const choice = (edit: (choice: Json) => Json): Liar =>
  completion((body) => ({ ...body, choices: body.choices?.map(edit) }));

/** Edits the message of a completion. */
export const message = (edit: (message: Json) => Json): Liar =>
  choice((choice) => ({ ...choice, message: edit(choice.message) }));

/** Rewrites the JSON of every refusal. */
export const onRefusal = (rewrite: (body: Json) => Json): Liar =>
  replies((response) => (response.status >= 400 ? rewritten(response, rewrite) : response));

/** Answers every refusal with something else. */
export const insteadOfRefusal = (answer: (response: Response) => Response): Liar =>
  replies((response) => (response.status >= 400 ? answer(response) : response));

/** Answers something else wherever the gateway answers with a status. */
export const insteadOf = (status: number, answer: () => Response): Liar =>
  replies((response) => (response.status === status ? answer() : response));

/** Success of another kind. */
export const CREATED: Liar = replies((response) =>
  response.ok ? new Response(response.body, { status: 201, headers: response.headers }) : response,
);

/** Rewrites the headers of every reply. */
export const headers = (change: (headers: Headers) => void): Liar =>
  replies((response) => {
    const headers = new Headers(response.headers);
    change(headers);
    return new Response(response.body, { status: response.status, headers });
  });

/** Rewrites a stream event by event: `data` is the event's data, and each string returned becomes an event of its own. */
export const frames = (rewrite: (data: string, index: number) => readonly string[]): Liar =>
  events((data, index) =>
    rewrite(data, index)
      .map((data) => `data: ${data}\n\n`)
      .join(''),
  );

/** The same, down to the bytes: what is returned is written as it is. `end` is asked for a last word. */
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

/** Rewrites a stream chunk by chunk; an array becomes several chunks, none drops it. Leaves `[DONE]` alone. */
export const chunks = (rewrite: (chunk: Json, index: number) => Json): Liar =>
  frames((data, index) => {
    const chunk = parsed(data);
    if (chunk === undefined) return [data];
    const said = rewrite(chunk, index) as unknown;
    return (Array.isArray(said) ? said : [said]).map((one) => JSON.stringify(one));
  });

/** Holds a stream back until it is whole, then lets `rewrite` do what it likes with the text. */
export const wholeStream = (rewrite: (text: string) => string | Uint8Array<ArrayBuffer>): Liar =>
  replies(async (response) =>
    isStream(response)
      ? new Response(rewrite(await response.text()), { status: response.status, headers: response.headers })
      : response,
  );

/** Another JSON answer with a status. */
export const answer = (status: number, body: Json, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });

/** Lies only about calls whose body matches. */
export const aboutRequest =
  (body: RegExp, liar: Liar): Liar =>
  async (request, faithful) =>
    body.test(await request.clone().text()) ? liar(request, faithful) : faithful(request);

/** Never tells the gateway that the caller left: neither by the signal nor by the connection. */
export const deaf: Liar = async (request, faithful) => {
  const response = await faithful(request, { signal: null });
  if (!response.body) return response;
  const [kept, given] = response.body.tee();
  // Where the gateway itself breaks off, the one who listens is told.
  kept.pipeTo(new WritableStream()).catch(() => undefined);
  return new Response(given, response);
};

/** Breaks the connection instead of an answer, as fetch tells it. */
export function reset(): never {
  throw new TypeError('fetch failed', { cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }) });
}

/** A completion as a gateway that never asked an agent would give it. */
export const canned = (text = 'Hello'): Response =>
  answer(200, {
    id: 'chatcmpl_canned',
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1000),
    model: 'openclaw',
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  });

/** Whether a chunk carries text. */
export const saysText = (chunk: Json): boolean => typeof chunk?.choices?.[0]?.delta?.content === 'string';
/** Whether a chunk carries a finish reason. */
export const finishes = (chunk: Json): boolean => Boolean(chunk?.choices?.[0]?.finish_reason);

/** Streams without a finish reason. */
export const neverFinishes: Liar = chunks((chunk) => (finishes(chunk) ? [] : chunk));

export const isStream = (response: Response): boolean =>
  response.headers.get('content-type')?.includes('text/event-stream') ?? false;

/** The JSON of a request, which is still there to be sent; undefined when it is none. */
export const bodyOf = async (request: Request): Promise<Json> => parsed(await request.clone().text());

/** The same request with other headers. */
export function withHeaders(request: Request, change: (headers: Headers) => void): Request {
  const headers = new Headers(request.headers);
  change(headers);
  return new Request(request, { headers });
}

/** The same request with another body. */
export function withBody(request: Request, body: string): Request {
  const headers = new Headers(request.headers);
  headers.delete('content-length');
  return new Request(request.url, { method: request.method, headers, body, signal: request.signal });
}

async function rewritten(response: Response, rewrite: (body: Json) => Json): Promise<Response> {
  const text = await response.clone().text();
  const body = parsed(text);
  if (body === undefined) return response;
  const headers = new Headers(response.headers);
  headers.delete('content-length');
  return new Response(JSON.stringify(rewrite(body)), { status: response.status, headers });
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
