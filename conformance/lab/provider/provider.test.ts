import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import OpenAI from 'openai';
import { afterEach, expect, test } from 'vitest';
import { Replies } from '../../../reference/backends/scripted/replies.ts';
import type { Reply } from '../../../reference/backends/scripted/reply.ts';
import { scriptedBackend } from '../../../reference/backends/scripted/scripted.ts';
import type { Probe } from '../../dial/probe.ts';
import { observed } from './observed-backend.ts';
import { startProvider, type Provider } from './provider.ts';

const replies = new Replies(
  new Map<string, Reply>([
    ['words', { about: '', events: [{ text: 'Three' }, { text: ' short' }, { text: ' words' }] }],
    ['halves', { about: '', events: [{ text: 'grin \ud83d' }, { text: '\ude00.' }] }],
    ['usage', { about: '', events: [{ text: 'x' }, { usage: { input: 42, output: 17, cached: 5 } }] }],
    ['length', { about: '', events: [{ text: 'cut' }, { finish: 'length' }] }],
    ['empty', { about: '', events: [] }],
    [
      'call',
      { text: 'Let me see.', toolCalls: [{ name: 'kit_weather', id: 'c1', arguments: { city: 'Paris, Texas' } }] },
    ],
    ['hang', { about: '', events: [{ hang: true }] }],
    ['speak-then-hang', { about: '', events: [{ text: 'So' }, { hang: true }] }],
    [
      'late-failure',
      { about: '', events: [{ text: 'So far' }, { fail: { status: 500, message: 'private trouble' } }] },
    ],
    ['flood', { about: '', events: [{ text: 'x'.repeat(4096), times: 20_000 }] }],
    ...[400, 401, 402, 429, 500, 504].map((status): [string, Reply] => [
      `fail-${status}`,
      { about: '', events: [{ fail: { status, message: `no ${status}` } }] },
    ]),
  ]),
);

const open: Provider[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((provider) => provider.close()));
});

async function start(): Promise<{ url: string; probe: Probe; client: OpenAI }> {
  const backend = observed(scriptedBackend(replies));
  const provider = await startProvider({ backend });
  open.push(provider);
  const client = new OpenAI({ baseURL: provider.url, apiKey: 'kit', maxRetries: 0 });
  return { url: provider.url, probe: backend.probe, client };
}

const ask = (
  content: string | OpenAI.ChatCompletionContentPart[],
): { model: string; messages: OpenAI.ChatCompletionMessageParam[] } => ({
  model: 'model-main',
  messages: [{ role: 'user', content }],
});

function post(url: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  const headers = { 'Content-Type': 'application/json' };
  return fetch(`${url}/chat/completions`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
}

const events = (text: string): string[] =>
  text
    .split('\n\n')
    .filter(Boolean)
    .map((event) => event.slice('data: '.length));

test('the official SDK receives a completion and its usage', async () => {
  const { client } = await start();
  const completion = await client.chat.completions.create(ask('play:usage'));
  expect(completion).toMatchObject({ object: 'chat.completion', model: 'model-main' });
  expect(completion.choices).toEqual([
    { index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' },
  ]);
  expect(completion.usage).toEqual({
    prompt_tokens: 42,
    completion_tokens: 17,
    total_tokens: 59,
    prompt_tokens_details: { cached_tokens: 5 },
  });
});

test('the official SDK receives a stream in pieces, and its helper assembles them', async () => {
  const { client } = await start();
  const pieces: string[] = [];
  const stream = client.chat.completions.stream({ ...ask('play:words'), stream_options: { include_usage: true } });
  stream.on('content', (piece) => pieces.push(piece));
  const completion = await stream.finalChatCompletion();
  expect(pieces.filter(Boolean)).toEqual(['Three', ' short', ' words']);
  expect(completion.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'Three short words' } });
  expect(completion.usage).toMatchObject({ completion_tokens: 3 });
});

test('functions of the suite are called, whole and streamed; those of a release are noted, and never called', async () => {
  const { client, probe } = await start();
  const named = (name: string): OpenAI.ChatCompletionTool => ({ type: 'function', function: { name, parameters: {} } });
  const tools = [named('exec'), named('kit_weather')];
  const asked = { ...ask('play:call'), tools, tool_choice: 'required' as const };
  const called = [
    { id: 'c1', type: 'function', function: { name: 'kit_weather', arguments: '{"city":"Paris, Texas"}' } },
  ];
  const whole = await client.chat.completions.create(asked);
  const streamed = await client.chat.completions.stream(asked).finalChatCompletion();
  for (const { choices } of [whole, streamed]) {
    expect(choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { content: 'Let me see.', tool_calls: called },
    });
  }
  expect(probe.asked('play:call')).toMatchObject([
    { tools: ['exec', 'kit_weather'], toolChoice: 'required' },
    { tools: ['exec', 'kit_weather'] },
  ]);
  const unable = await client.chat.completions.create({ ...ask('play:call'), tools: [named('exec')] });
  expect(unable.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'Let me see.' } });
});

test('what tunes the model and what it is shown are noted, under one name each', async () => {
  const { client, probe } = await start();
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,aGk=' } } as const;
  const tuned = { temperature: 0, max_tokens: 60, stop: 'END', n: 1 };
  await client.chat.completions.create({ ...ask([{ type: 'text', text: 'tuned' }, image]), ...tuned });
  expect(probe.asked('tuned')).toMatchObject([
    { parameters: { temperature: 0, max_completion_tokens: 60, stop: ['END'] }, images: [image.image_url.url] },
  ]);
});

test('a stream has role, pieces, finish reason, usage if requested, and the sentinel', async () => {
  const { url } = await start();
  const asked = await post(url, { ...ask('play:length'), stream: true, stream_options: { include_usage: true } });
  expect(asked.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const sent = events(await asked.text());
  expect(sent.at(-1)).toBe('[DONE]');
  const chunks = sent.slice(0, -1).map((data) => JSON.parse(data) as OpenAI.ChatCompletionChunk);
  expect(chunks.map((chunk) => chunk.choices)).toEqual([
    [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }],
    [{ index: 0, delta: { content: 'cut' }, finish_reason: null }],
    [{ index: 0, delta: {}, finish_reason: 'length' }],
    [],
  ]);
  expect(new Set(chunks.map((chunk) => chunk.id)).size).toBe(1);

  const unasked = events(await (await post(url, { ...ask('play:empty'), stream: true })).text());
  expect(unasked).toHaveLength(3);
  expect(unasked.join()).not.toContain('usage');
});

test('half of a surrogate pair arrives as its JSON escape', async () => {
  const { url } = await start();
  const sent = await (await post(url, { ...ask('play:halves'), stream: true })).text();
  expect(sent).toContain(String.raw`"grin \ud83d"`);
  expect(sent).toContain(String.raw`"\ude00."`);
});

for (const [status, type, code] of [
  [400, 'invalid_request_error', null],
  [401, 'invalid_request_error', 'invalid_api_key'],
  [402, 'insufficient_quota', 'insufficient_quota'],
  [429, 'requests', 'rate_limit_exceeded'],
  [500, 'server_error', null],
  [504, 'server_error', 'timeout'],
] as const) {
  test(`a run that fails with ${status} before its first token gives status ${status}, streaming or not`, async () => {
    const { url, probe } = await start();
    for (const stream of [false, true]) {
      const response = await post(url, { ...ask(`play:fail-${status}`), stream });
      expect(response.status).toBe(status);
      expect(await response.json()).toEqual({ error: { message: `no ${status}`, type, param: null, code } });
    }
    expect(probe.asked(`play:fail-${status}`).map((asked) => asked.ended)).toEqual(['failed', 'failed']);
  });
}

test('a run that fails after text sends the error in the stream, which ends without the sentinel', async () => {
  const { url, client } = await start();
  const sent = events(await (await post(url, { ...ask('play:late-failure'), stream: true })).text());
  expect(JSON.parse(sent.at(-1)!)).toMatchObject({ error: { message: 'private trouble', type: 'server_error' } });
  const hear = async (): Promise<void> => {
    for await (const chunk of await client.chat.completions.create({ ...ask('play:late-failure'), stream: true })) {
      expect(chunk.choices[0]!.finish_reason).toBeNull();
    }
  };
  await expect(hear()).rejects.toThrow('private trouble');
});

for (const [name, stream] of [
  ['hang', false],
  ['hang', true],
  ['speak-then-hang', true],
] as const) {
  test(`the probe records that a gateway disconnects: ${name}, ${stream ? 'streaming' : 'whole'}`, async () => {
    const { url, probe } = await start();
    const left = new AbortController();
    const answered = post(url, { ...ask(`play:${name}`), stream }, left.signal).then((response) => response.text());
    await probe.wait(`play:${name}`, (runs) => runs.length === 1, 2_000);
    left.abort();
    await expect(answered).rejects.toThrow(/abort/i);
    const [asked] = await probe.wait(`play:${name}`, (runs) => runs[0]?.ended === 'left', 2_000);
    expect(asked!.endedAt! - asked!.at).toBeGreaterThan(0);
  });
}

test('a gateway that does not read its response pauses the run', async () => {
  let produced = 0;
  const backend = observed(scriptedBackend(replies));
  const provider = await startProvider({
    backend: {
      async *run(run, signal) {
        for await (const event of backend.run(run, signal)) {
          produced++;
          yield event;
        }
      },
    },
  });
  open.push(provider);
  const response = await post(provider.url, { ...ask('play:flood'), stream: true });
  const reader = response.body!.getReader();
  await reader.read();
  // Of the 80 MB, only as much is produced as the buffers hold; without backpressure all of it would be produced before
  // the first byte could be read.
  expect(produced).toBeLessThan(10_000);
  await reader.cancel();
  await backend.probe.wait('play:flood', (asked) => asked[0]?.ended === 'left', 2_000);
});

test('agent, instructions, history and prompt are read from a gateway’s request', async () => {
  const { url, probe } = await start();
  const response = await post(url, {
    model: 'model-beta',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'text', text: 'Remember this code word: tulip' }] },
      { role: 'assistant', content: 'OK, I will remember it.' },
      { role: 'developer', content: 'Be kind.' },
      { role: 'user', content: 'Which code word did I tell you?' },
      { role: 'user', content: [{ type: 'text', text: '<<<BEGIN_INTERNAL_CONTEXT>>> nothing <<<END>>>' }] },
    ],
  });
  expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'The code word is tulip.' } }] });
  expect(probe.asked('tulip')).toMatchObject([
    {
      agent: 'beta',
      model: 'model-beta',
      sessionKey: undefined,
      instructions: 'Be brief.\n\nBe kind.',
      history: [
        { role: 'user', text: 'Remember this code word: tulip' },
        { role: 'assistant', text: 'OK, I will remember it.' },
      ],
      prompt: 'Which code word did I tell you?\n\n<<<BEGIN_INTERNAL_CONTEXT>>> nothing <<<END>>>',
    },
  ]);
});

test('images, tool calls and tool results are part of the recorded text', async () => {
  const { url, probe } = await start();
  await post(url, {
    model: 'model-main',
    messages: [
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,aW1n' } }] },
      { role: 'assistant', content: null, tool_calls: [{ id: 'call_7', type: 'function' }] },
      { role: 'tool', tool_call_id: 'call_7', content: 'sunny' },
    ],
  });
  for (const tag of ['base64,aW1n', 'call_7', 'sunny']) expect(probe.asked(tag)).toHaveLength(1);
  expect(probe.asked('sunny')[0]!.prompt).toBe('sunny');
});

test('the session key is read from a request that contains it', async () => {
  const { url, probe } = await start();
  const runtime = 'Runtime: agent=main | session=agent:main:openai-user:ann | b | sessionId=1f | host=x';
  await post(url, {
    model: 'model-main',
    messages: [
      { role: 'user', content: `first\n\n${runtime}` },
      { role: 'assistant', content: 'yes' },
      { role: 'user', content: 'second' },
    ],
  });
  expect(probe.asked('second')[0]!.sessionKey).toBe('agent:main:openai-user:ann | b');
});

test('a request that is not a valid completion request gets OpenAI’s error object', async () => {
  const { url } = await start();
  for (const [response, status] of [
    [await post(url, '{'), 400],
    [await post(url, {}), 400],
    [await fetch(`${url}/embeddings`, { method: 'POST' }), 400],
    [await fetch(`${url}/embeddings`, { method: 'POST', body: '{"model":"m","input":[1]}' }), 400],
    [await fetch(`${url}/images`, { method: 'POST' }), 404],
    [await fetch(`${url}/chat/completions`), 404],
  ] as const) {
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
  }
  expect((await fetch(`${url}/models`)).status).toBe(200);
});

test('texts have vectors, as numbers or base64, and the probe knows what was asked', async () => {
  const { url, probe } = await start();
  const asking = async (more: object): Promise<readonly { embedding: unknown }[]> => {
    const body = JSON.stringify({ model: 'm', input: ['one text', 'other'], dimensions: 3, ...more });
    const reply = await fetch(`${url}/embeddings`, { method: 'POST', body });
    return ((await reply.json()) as { data: { embedding: unknown }[] }).data;
  };
  const [plain, packed] = [await asking({}), await asking({ encoding_format: 'base64' })];
  expect(plain.map(({ embedding }) => (embedding as number[]).length)).toEqual([3, 3]);
  expect(Buffer.from(packed[0]!.embedding as string, 'base64')).toEqual(
    Buffer.from(Float32Array.from(plain[0]!.embedding as number[]).buffer),
  );
  expect(probe.asked('one text')).toMatchObject([
    { model: 'm', prompt: 'one text\n\nother', parameters: { dimensions: 3 }, ended: 'answered' },
    { model: 'm' },
  ]);
});

test('a port in use is an error of one line', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  await expect(startProvider({ backend: scriptedBackend(replies), port })).rejects.toThrow(
    new RegExp(`^Failed to start the provider: expected port ${port} to be free, got ".*EADDRINUSE.*"\\.$`),
  );
  taken.close();
});
