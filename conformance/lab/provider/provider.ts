/**
 * A model provider on loopback: OpenAI's API in front of a backend, for real gateways. One server serves all deployments
 * of a release; the model's name tells the agent.
 */

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RunFailure, type Backend } from '../../../reference/backends/backend.ts';
import { readAsk, type Ask } from './ask.ts';

/** The limit of a request body: enough for long conversations and images in base64. */
const MOST_BYTES = 64 * 1024 * 1024;

/** A running provider. */
export interface Provider {
  /** Base URL, with `/v1`. */
  readonly url: string;
  /** Stops listening and closes all connections. */
  close(): Promise<void>;
}

/**
 * Starts a provider on 127.0.0.1.
 *
 * @param options.backend Answers the runs.
 * @param options.port Default 0: any free port.
 * @throws {Error} when the port is taken.
 */
export async function startProvider(options: { readonly backend: Backend; readonly port?: number }): Promise<Provider> {
  const server = createServer((request, response) => {
    answer(request, response, options.backend).catch((cause: unknown) => refuse(response, cause));
  });
  // A reply may pause for minutes between two tokens.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 60_000;
  const port = options.port ?? 0;
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Failed to start the provider: expected port ${port} to be free, got "${got}".`, { cause });
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, backend: Backend): Promise<void> {
  const path = (request.url ?? '').split('?')[0] ?? '';
  if (request.method === 'GET' && path.endsWith('/models')) {
    // Any model name is served, so the list may be empty.
    return send(response, 200, { object: 'list', data: [] });
  }
  if (request.method === 'POST' && path.endsWith('/embeddings') && backend.embed !== undefined) {
    return await embed(request, response, backend.embed);
  }
  if (request.method !== 'POST' || !path.endsWith('/chat/completions')) {
    throw new RunFailure(404, `Unknown request URL: ${request.method} ${path}.`);
  }
  // 'close' comes after complete responses too; then the run has ended and no longer uses the signal.
  const left = new AbortController();
  response.once('close', () => left.abort());
  const ask = readAsk(await readBody(request));
  return ask.stream ? stream(ask, response, backend, left.signal) : complete(ask, response, backend, left.signal);
}

async function embed(
  request: IncomingMessage,
  response: ServerResponse,
  vectors: NonNullable<Backend['embed']>,
): Promise<void> {
  const left = new AbortController();
  response.once('close', () => left.abort());
  const {
    model,
    input,
    dimensions,
    encoding_format: format,
  } = ((await readBody(request)) ?? {}) as {
    readonly model?: string;
    readonly input?: unknown;
    readonly dimensions?: number;
    readonly encoding_format?: string;
  };
  const texts: readonly unknown[] = [input].flat();
  if (model === undefined || !areTexts(texts)) throw new RunFailure(400, 'Expected a model, and a text or texts.');
  const data = (await vectors({ agent: '', model, texts, dimensions }, left.signal)).map((vector, index) => ({
    object: 'embedding',
    index,
    embedding: format === 'base64' ? Buffer.from(Float32Array.from(vector).buffer).toString('base64') : vector,
  }));
  send(response, 200, {
    object: 'list',
    data,
    model,
    usage: { prompt_tokens: texts.length, total_tokens: texts.length },
  });
}

function areTexts(values: readonly unknown[]): values is readonly string[] {
  return values.length > 0 && values.every((value) => typeof value === 'string');
}

async function complete(ask: Ask, response: ServerResponse, backend: Backend, left: AbortSignal): Promise<void> {
  let content = '';
  let usage = counted(0, 0);
  let reason: string | undefined;
  const calls: { id: string; type: 'function'; function: { name: string; arguments: string } }[] = [];
  for await (const event of backend.run(ask.run, left)) {
    if (event.type === 'text') content += event.text;
    else if (event.type === 'call')
      calls[event.index] = { id: event.id, type: 'function', function: { name: event.name, arguments: '' } };
    else if (event.type === 'arguments') calls[event.index]!.function.arguments += event.text;
    else if (event.type === 'usage') usage = counted(event.input, event.output, event.cached);
    else if (event.type === 'finish') reason = event.reason;
  }
  const message = { role: 'assistant', content, ...(calls.length > 0 && { tool_calls: calls }) };
  const choice = { index: 0, message, finish_reason: reason ?? endOf(calls.length) };
  send(response, 200, { ...head(ask, 'chat.completion'), choices: [choice], usage });
}

/** Headers are sent with the first event, so that a run that fails before it can still set the status. */
async function stream(ask: Ask, response: ServerResponse, backend: Backend, left: AbortSignal): Promise<void> {
  const same = head(ask, 'chat.completion.chunk');
  let usage = counted(0, 0);
  let reason: string | undefined;
  let calls = 0;

  async function write(data: string): Promise<void> {
    if (!response.write(`data: ${data}\n\n`)) await once(response, 'drain', { signal: left }).catch(() => undefined);
  }
  async function chunk(delta: object, finish: string | null): Promise<void> {
    await write(JSON.stringify({ ...same, choices: [{ index: 0, delta, finish_reason: finish }] }));
  }
  async function open(): Promise<void> {
    if (response.headersSent) return;
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-cache' });
    await chunk({ role: 'assistant', content: '' }, null);
  }

  try {
    for await (const event of backend.run(ask.run, left)) {
      await open();
      // A lone half of a surrogate pair is kept, as its JSON escape.
      if (event.type === 'text') await chunk({ content: event.text }, null);
      else if (event.type === 'call') {
        calls++;
        const { index, id, name } = event;
        await chunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }, null);
      } else if (event.type === 'arguments')
        await chunk({ tool_calls: [{ index: event.index, function: { arguments: event.text } }] }, null);
      else if (event.type === 'usage') usage = counted(event.input, event.output, event.cached);
      else if (event.type === 'finish') reason = event.reason;
    }
    if (left.aborted) return;
    await open();
    await chunk({}, reason ?? endOf(calls));
    if (ask.wantsUsage) await write(JSON.stringify({ ...same, choices: [], usage }));
    response.end('data: [DONE]\n\n');
  } catch (cause) {
    if (!response.headersSent) throw cause;
    // The status has been sent: like hosted providers, send the error as an event and end without the sentinel.
    response.end(`data: ${JSON.stringify(envelope(cause))}\n\n`);
  }
}

const endOf = (calls: number): string => (calls > 0 ? 'tool_calls' : 'stop');

async function readBody(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MOST_BYTES) throw new RunFailure(413, `Expected at most ${MOST_BYTES} bytes.`);
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8')) as unknown;
  } catch {
    throw new RunFailure(400, 'We could not parse the JSON body of your request.');
  }
}

function head(ask: Ask, object: string): object {
  return {
    id: `chatcmpl-${randomUUID()}`,
    object,
    created: Math.floor(Date.now() / 1000),
    model: ask.run.model ?? 'unknown',
  };
}

function counted(input: number, output: number, cached = 0): object {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cached },
  };
}

function refuse(response: ServerResponse, failure: unknown): void {
  if (response.headersSent || response.destroyed) response.destroy();
  else send(response, failure instanceof RunFailure ? failure.status : 500, envelope(failure));
}

/** OpenAI's error object, with the types and codes that clients read. */
function envelope(failure: unknown): object {
  const status = failure instanceof RunFailure ? failure.status : 500;
  const message = failure instanceof Error ? failure.message : String(failure);
  const [type, code] = KINDS[status] ?? (status < 500 ? ['invalid_request_error', null] : ['server_error', null]);
  return { error: { message, type, param: null, code } };
}

const KINDS: Readonly<Record<number, readonly [string, string]>> = {
  401: ['invalid_request_error', 'invalid_api_key'],
  402: ['insufficient_quota', 'insufficient_quota'],
  429: ['requests', 'rate_limit_exceeded'],
  504: ['server_error', 'timeout'],
};

function send(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}
