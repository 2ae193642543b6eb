/**
 * One exchange with an OpenAI-compatible provider: what is asked, and what it says as server-sent events. It is foreign:
 * bounded in bytes, and looked at before it is believed.
 * Source: https://platform.openai.com/docs/api-reference/chat-streaming,
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */

import { z } from 'zod';
import { issueText } from '../issue.ts';
import { jsonBytes } from '../steps.ts';
import { RunFailure } from './backend.ts';

/** How many bytes of one answer are taken in, when nothing else is said: 64 MiB. */
export const PROVIDER_BYTES = 64 * 1024 * 1024;

/** How long one event may be, in characters: no provider says as much at once, and it is parsed in one piece. */
const EVENT = 4 * 1024 * 1024;

/** How much of a refusal is read for its words, in bytes. */
const REFUSAL_BYTES = 64 * 1024;

const count = z.int().nonnegative().nullish();
const text = z.string().nullish();

/** What is read of a chunk; what is left out, or null, was not said. */
const Chunk = z.object({
  choices: z
    .array(
      z.object({
        delta: z
          .object({
            content: text,
            refusal: text,
            tool_calls: z
              .array(
                z.object({ index: count, id: text, function: z.object({ name: text, arguments: text }).nullish() }),
              )
              .nullish(),
          })
          .nullish(),
        finish_reason: text,
      }),
    )
    .nullish(),
  usage: z
    .object({
      prompt_tokens: count,
      completion_tokens: count,
      prompt_tokens_details: z.object({ cached_tokens: count }).nullish(),
      completion_tokens_details: z.object({ reasoning_tokens: count }).nullish(),
    })
    .nullish(),
});
/** What is read of an event of a provider's stream; other fields are ignored. */
export type Chunk = z.infer<typeof Chunk>;

/** A call of a provider. */
export interface Asking {
  /** The provider's base URL. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
  /** How many bytes of the answer are taken in. */
  readonly bytes: number;
  /** Whether a stream counts as whole that ends with neither a finish reason nor `[DONE]`. */
  readonly lax: boolean;
  readonly signal: AbortSignal;
}

/**
 * The chunks of a streamed chat completion.
 *
 * @throws {RunFailure} with the provider's status; 504 when it is silent too long, 502 when it cannot be reached, says too
 * much, what is no chunk, or not that it has finished.
 */
export async function* chunksFrom(asking: Asking): AsyncGenerator<Chunk> {
  let finished = asking.lax;
  let answered = false;
  try {
    const answer = await answerTo(asking);
    answered = true;
    for await (const data of eventsIn(answer, asking.bytes)) {
      if (data.trim() === '[DONE]') return;
      const chunk = chunkIn(data);
      if (chunk.choices?.[0]?.finish_reason) finished = true;
      yield chunk;
    }
    if (!finished) throw new RunFailure(502, 'The provider did not finish its answer.', 'unfinished');
  } catch (thrown) {
    if (thrown instanceof RunFailure) throw thrown;
    const { code = '' } = ((thrown as Error).cause ?? {}) as { code?: string };
    if (SILENCE.has(code)) throw new RunFailure(504, 'The provider took too long.');
    if (answered) throw new RunFailure(502, 'The connection to the provider broke.', 'torn');
    throw new RunFailure(502, 'The provider could not be reached.', 'unreachable');
  }
}

/** By the names of Node's fetch. */
const SILENCE = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT']);

type Body = ReadableStream<Uint8Array>;

async function answerTo({ url, headers, body, signal }: Asking): Promise<Body> {
  const response = await fetch(`${url.replace(/\/$/, '')}/chat/completions`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'text/event-stream',
      // What is not packed cannot grow when it is unpacked.
      'Accept-Encoding': 'identity',
      ...headers,
    },
    body: new Blob((await jsonBytes(body)) as Uint8Array<ArrayBuffer>[]),
    // Prompts go where they were sent to.
    redirect: 'manual',
    signal,
  });
  const stream = response.body as Body | null;
  if (!response.ok) throw await refusalIn(response.status, stream);
  const type = response.headers.get('content-type') ?? '';
  const coding = response.headers.get('content-encoding') ?? 'identity';
  const got = coding === 'identity' ? type : `${coding}, which was not asked for`;
  if (stream !== null && got === type && !type.startsWith('application/json')) return stream;
  if (got.startsWith('application/json')) {
    refuseNoJson(await beginningOf(stream));
    throw new RunFailure(502, 'The provider did not stream its answer.', 'whole');
  }
  await stream?.cancel();
  throw unreadable('text/event-stream', quoted(got));
}

/** A provider says why in `error.message`. Where it is sent elsewhere the provider is no use: that is no status of a run. */
async function refusalIn(status: number, body: Body | null): Promise<RunFailure> {
  return new RunFailure(status < 400 ? 502 : status, messageIn(await beginningOf(body)) ?? `${status}`);
}

async function beginningOf(body: Body | null): Promise<string> {
  const pieces: Uint8Array[] = [];
  let left = REFUSAL_BYTES;
  for await (const piece of body ?? []) {
    pieces.push(piece);
    left -= piece.length;
    if (left < 0) break;
  }
  return Buffer.concat(pieces).toString();
}

function refuseNoJson(body: string): void {
  try {
    JSON.parse(body);
  } catch (cause) {
    throw new RunFailure(502, (cause as Error).message, 'no json');
  }
}

function messageIn(json: string): string | undefined {
  try {
    const { error } = JSON.parse(json) as { error?: unknown };
    const { message = error } = (error ?? {}) as { message?: unknown };
    return typeof message === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}

/** The data of each event. Work and memory are those of what has come, never of all that came before. */
async function* eventsIn(body: Body, bytes: number): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let left = bytes;
  let line: string[] = [];
  let data: string[] = [];
  let length = 0;
  /** A line end in two pieces is one. */
  let carriage = false;
  for await (const piece of body) {
    left -= piece.length;
    if (left < 0) throw tooMuch(`${bytes} bytes`, 'more');
    let come = decoder.decode(piece, { stream: true });
    if (carriage && come.startsWith('\n')) come = come.slice(1);
    if (come !== '') carriage = come.endsWith('\r');
    const lines = come.split(/\r\n|\n|\r/);
    for (const [at, part] of lines.entries()) {
      length += part.length;
      if (length > EVENT) throw tooMuch(`events of ${EVENT} characters`, 'a longer one');
      line.push(part);
      if (at === lines.length - 1) break;
      const whole = line.join('');
      line = [];
      if (whole.startsWith('data:')) data.push(whole.slice(whole.startsWith('data: ') ? 6 : 5));
      if (whole !== '') continue;
      if (data.length > 0) yield data.join('\n');
      data = [];
      length = 0;
    }
  }
}

function tooMuch(expected: string, got: string): RunFailure {
  return unreadable(`at most ${expected}`, got);
}

function unreadable(expected: string, got: string): RunFailure {
  const message = `Failed to read the provider's answer: expected ${expected}, got ${got}.`;
  return new RunFailure(502, message, 'unreadable');
}

function chunkIn(data: string): Chunk {
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch (cause) {
    throw new RunFailure(502, (cause as Error).message, 'streamed');
  }
  // It fails in the middle of its stream, where there is no status.
  if (typeof json === 'object' && json !== null && 'error' in json && json.error) {
    throw new RunFailure(statusIn(json.error), messageIn(data) ?? 'The provider failed.', 'streamed');
  }
  const read = Chunk.safeParse(json);
  if (read.success) return read.data;
  throw unreadable('chunks of a chat completion', issueText(read.error, 'one'));
}

/** What an error in a stream says of itself, as the status that it would have had; 502 when it says nothing. */
function statusIn(error: unknown): number {
  const { status, code, type } = (typeof error === 'object' ? error : {}) as Record<string, unknown>;
  const said = [status, code].find((one) => Number.isInteger(one) && Number(one) >= 400 && Number(one) < 600);
  return Number(said ?? STATUSES[String(code)] ?? STATUSES[String(type)] ?? 502);
}

/** By the codes and types of OpenAI's API. */
const STATUSES: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  invalid_api_key: 401,
  authentication_error: 401,
  insufficient_quota: 402,
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
  timeout: 504,
};

const quoted = (words: string): string => JSON.stringify(words.slice(0, 100));
