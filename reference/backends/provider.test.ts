/** Providers that say too much, or what they should not: each is told as its failure, and memory stays as it was. */

import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import supertest from 'supertest';
import { afterAll, expect, test } from 'vitest';
import { deployed, HEADERS, PATH, saying } from '../testing/deployed.ts';
import { liveBytes } from '../testing/heap.ts';
import { upstreamBackend } from './upstream.ts';

const EVENTS = { 'Content-Type': 'text/event-stream' };
const frame = (chunk: unknown): string => `data: ${JSON.stringify(chunk)}\n\n`;
const says = (content: unknown): object => ({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });

let answer: (...given: Parameters<RequestListener>) => unknown = () => undefined;
let asked = '';
const server = createServer((request, response) => {
  asked = '';
  request.setEncoding('utf8').on('data', (piece: string) => (asked += piece));
  request.on('end', () => answer(request, response));
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
afterAll(() => server.close());
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
const agents = [{ id: 'main', default: true }];
const behind = (bytes?: number): ReturnType<typeof deployed> =>
  deployed({ backend: upstreamBackend({ url, model: 'm', bytes, agents, env: { OPENAI_API_KEY: 'provider-key' } }) });

async function told(stream: boolean, bytes?: number): Promise<{ status: number; text: string }> {
  const { status, text } = await supertest(behind(bytes).callback())
    .post(PATH)
    .set(HEADERS)
    .send(saying('hi', { stream }));
  return { status, text };
}

/** Writes the same again and again for as long as it is read. */
function endless(headers: Readonly<Record<string, string>>, piece: string | Buffer, status = 200): RequestListener {
  return (_, response) => {
    response.writeHead(status, headers);
    const write = (): void => {
      while (!response.destroyed && response.write(piece));
    };
    response.on('drain', write);
    write();
  };
}

const FAILED = '{"error":{"message":"internal error","type":"api_error"}}';

test.each<[string, RequestListener]>([
  ['is one line', endless(EVENTS, `data: ${'a'.repeat(65_536)}`)],
  ['is one event', endless(EVENTS, `data: ${'a'.repeat(65_536)}\n`)],
  ['is of events', endless(EVENTS, frame(says('')))],
  ['is of comments', endless(EVENTS, `: ${'a'.repeat(1_000)}\n\n`)],
  ['is not streamed', endless({ 'Content-Type': 'application/json' }, '{"a":1,')],
  ['is a refusal', endless({}, 'a'.repeat(65_536), 503)],
  ['is packed', endless({ ...EVENTS, 'Content-Encoding': 'gzip' }, gzipSync(Buffer.alloc(10_000_000)))],
])(
  'an answer without an end that %s is the failure of the provider, and memory does not grow',
  async (_, endlessly) => {
    answer = endlessly;
    const before = await liveBytes();
    expect(await told(false, 4_000_000)).toEqual({ status: 500, text: FAILED });
    const streamed = await told(true, 4_000_000);
    expect(streamed.status).toBe(200);
    expect(streamed.text).toContain(`data: ${FAILED}\n\n`);
    expect((await liveBytes()) - before).toBeLessThan(16_000_000);
  },
);

const WRONG = {
  'token counts that are words': { choices: [], usage: { prompt_tokens: 'many', completion_tokens: 1 } },
  'token counts below nothing': { choices: [], usage: { prompt_tokens: -1, completion_tokens: 1 } },
  'cached tokens that are a list': { usage: { prompt_tokens: 1, prompt_tokens_details: { cached_tokens: [1] } } },
  'content that is a number': says(7),
  'content that is an object': says({}),
  'choices that are no list': { choices: {} },
  'a choice that is none': { choices: ['hi'] },
  'a delta that is a text': { choices: [{ delta: 'hi' }] },
  'calls that are no list': { choices: [{ delta: { tool_calls: {} } }] },
  'arguments that are an object': { choices: [{ delta: { tool_calls: [{ index: 0, function: { arguments: {} } }] } }] },
  'a place that is a text': { choices: [{ delta: { tool_calls: [{ index: 'first' }] } }] },
  'a finish reason that is a number': { choices: [{ delta: {}, finish_reason: 1 }] },
  'a chunk that is a number': 7,
  'a chunk that is nothing': null,
};

test.each(Object.entries(WRONG))(
  '%s: the failure of the provider, and nothing of it is passed on',
  async (_, chunk) => {
    answer = (__, response) =>
      void response.writeHead(200, EVENTS).end(`${frame(says('well'))}${frame(chunk)}data: [DONE]\n\n`);
    expect(await told(false)).toEqual({ status: 500, text: FAILED });
    const { text } = await told(true);
    expect(text.split('\n\n').slice(1)).toEqual([
      expect.stringContaining('"content":"well"'),
      `data: ${FAILED}`,
      'data: [DONE]',
      '',
    ]);
  },
);

test('what is no JSON is the failure of the provider', async () => {
  answer = (_, response) => void response.writeHead(200, EVENTS).end('data: hello\n\n');
  expect(await told(false)).toEqual({ status: 500, text: FAILED });
});

test('what is left out, or null, was not said', async () => {
  const chunks = [
    { choices: [{ delta: { role: 'assistant', content: null, tool_calls: null }, finish_reason: null }], usage: null },
    { object: 'ping' },
    says('hi'),
    { choices: [{ finish_reason: 'stop' }], usage: { completion_tokens: 2 } },
  ];
  answer = (_, response) => void response.writeHead(200, EVENTS).end(chunks.map(frame).join(''));
  const { text } = await told(false);
  expect(JSON.parse(text)).toMatchObject({
    choices: [{ message: { content: 'hi' } }],
    usage: { prompt_tokens: 0, completion_tokens: 2 },
  });
});

test.each(['\n', '\r\n', '\r'])('an answer that comes byte by byte is read, its lines ending in %j', async (end) => {
  answer = async (_, response) => {
    response.writeHead(200, EVENTS).flushHeaders();
    const bytes = Buffer.from(
      `: hello${end}event: x${end}${frame(says('ä€😀')).replaceAll('\n', end)}data:[DONE]${end}${end}`,
    );
    for (const byte of bytes)
      await new Promise<void>((resolve) => void response.write(Buffer.of(byte), () => resolve()));
    response.end();
  };
  expect(JSON.parse((await told(false)).text)).toMatchObject({ choices: [{ message: { content: 'ä€😀' } }] });
});

test('a provider that sends the prompt elsewhere is not followed', async () => {
  let followed = 0;
  answer = (request, response) => {
    if (request.url !== '/v1/chat/completions') followed += 1;
    response.writeHead(307, { Location: '/elsewhere' }).end();
  };
  expect(await told(false)).toEqual({ status: 500, text: FAILED });
  expect(followed).toBe(0);
});

test('a prompt of some megabytes arrives as it was said', async () => {
  answer = (_, response) => void response.writeHead(200, EVENTS).end(`${frame(says('hi'))}data: [DONE]\n\n`);
  const words = '"ä€😀 '.repeat(200_000).trim();
  await supertest(behind().callback()).post(PATH).set(HEADERS).send(saying(words)).expect(200);
  expect((JSON.parse(asked) as { messages: { content: string }[] }).messages.at(-1)?.content === words).toBe(true);
});
