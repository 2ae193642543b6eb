/** What a provider behind the gateway is asked, and what becomes of its answer: by the smallest request of each kind. */

import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { upstreamBackend } from '../backends/upstream.ts';
import { createGateway, type Gateway } from '../gateway.ts';
import { readOptions } from '../options.ts';
import { good, saying as says, startAsked } from './asked.ts';
import { HEADERS, PATH, TOKEN } from './deployed.ts';

const provider = await startAsked();
afterAll(() => provider.close());
beforeEach(() => {
  provider.asked.length = 0;
  provider.answer = good;
});

const M = { messages: [{ role: 'user', content: 'hi' }] };
const MODELS = {
  list: [
    { id: 'main', default: true, model: 'stub/model-main' },
    { id: 'beta', model: 'stub/openai/model-beta' },
  ],
};

/** A gateway in front of the provider; the agents `main` and `beta`. */
function gatewayAs(edition?: string, asReleased = false, agents: object = MODELS): Gateway {
  const auth = { mode: 'token', token: TOKEN };
  const gateway = { auth, http: { endpoints: { chatCompletions: { enabled: true } } } };
  const options = readOptions({
    config: JSON.stringify({ gateway, agents }),
    overrides: { port: 0, edition, asReleased },
  });
  const backend = upstreamBackend({ ...options, url: provider.url, env: { OPENAI_API_KEY: 'k' } });
  return createGateway({ ...options, backend });
}

interface Said {
  readonly status: number;
  readonly text: string;
  /** The provider's newest body; undefined when it was not asked. */
  readonly asked: Record<string, unknown> | undefined;
}

async function ask(gateway: Gateway, body: object, headers: Record<string, string> = {}): Promise<Said> {
  const url = await gateway.listen();
  try {
    const all = { ...HEADERS, ...headers };
    const json = JSON.stringify({ model: 'openclaw/main', ...M, ...body });
    const response = await fetch(url + PATH, { method: 'POST', headers: all, body: json });
    return { status: response.status, text: await response.text(), asked: provider.asked.at(-1) };
  } finally {
    await gateway.close(0);
  }
}

describe('the parameters of a call', () => {
  const format = { type: 'json_schema', json_schema: { name: 'n', strict: true, schema: {} } };
  test.each([
    [{ temperature: 0.3 }, { temperature: 0.3 }],
    [
      { temperature: 0, seed: 0 },
      { temperature: 0, seed: 0 },
    ],
    [
      { top_p: 0.5, frequency_penalty: -1, presence_penalty: 1 },
      { top_p: 0.5, frequency_penalty: -1, presence_penalty: 1 },
    ],
    [{ max_tokens: 60 }, { max_completion_tokens: 60 }],
    [{ max_tokens: 60, max_completion_tokens: 5 }, { max_completion_tokens: 5 }],
    [{ max_tokens: 60, max_completion_tokens: null }, { max_completion_tokens: 60 }],
    [{ stop: 'END' }, { stop: ['END'] }],
    [{ stop: ['a', 'b'] }, { stop: ['a', 'b'] }],
    [{ response_format: format }, { response_format: format }],
    [{ temperature: null, stop: null, seed: null, max_tokens: null, response_format: null }, {}],
    [{ n: 1, logit_bias: {}, parallel_tool_calls: false, metadata: {} }, {}],
  ])('%j reach the provider as %j', async (sent, forwarded) => {
    const { status, asked } = await ask(gatewayAs(), sent);
    expect(status).toBe(200);
    expect(asked).toEqual({
      model: 'model-main',
      messages: [{ role: 'user', content: 'hi' }],
      ...forwarded,
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  test('a stream forwards them too', async () => {
    expect((await ask(gatewayAs(), { temperature: 0.3, stream: true })).asked).toMatchObject({ temperature: 0.3 });
  });

  test.each([
    ['2026.3.24', undefined, undefined],
    ['2026.5.28', 0.3, undefined],
    ['2026.7.1', 0.3, ['END']],
  ])('%s forwards what it knows of', async (edition, temperature, stop) => {
    for (const asReleased of [false, true]) {
      const { asked } = await ask(gatewayAs(edition, asReleased), { temperature: 0.3, stop: 'END' });
      expect([asked?.temperature, asked?.stop]).toEqual([temperature, stop]);
    }
  });

  test.each(['', [''], [null]])('a stop of %j is refused from the edition that forwards stops', async (stop) => {
    expect((await ask(gatewayAs('2026.7.1'), { stop })).text).toContain(
      'Invalid stop: stop entries must be non-empty strings',
    );
    expect(provider.asked).toEqual([]);
    expect((await ask(gatewayAs('2026.5.28'), { stop })).status).toBe(200);
  });
});

describe('the model', () => {
  test.each([
    [{}, {}, 'model-main'],
    [{ model: 'openclaw/beta' }, {}, 'openai/model-beta'],
    [{}, { 'x-openclaw-model': 'stub/model-beta' }, 'model-beta'],
    [{}, { 'x-openclaw-model': 'model-beta' }, 'model-beta'],
  ])('of %j with %j is asked for without the provider’s prefix', async (body, headers, model) => {
    expect((await ask(gatewayAs(), body, headers)).asked?.model).toBe(model);
  });
});

describe('the images of a call', () => {
  const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
  const image = (url: string): object => ({ type: 'image_url', image_url: { url, detail: 'low' } });
  const shown = (...content: object[]): object => ({ messages: [{ role: 'user', content }] });

  test.each(['image/png', 'image/jpg', 'application/octet-stream', 'image/jpeg'])(
    'are of the type that their bytes have, when called %s',
    async (type) => {
      const { status, asked } = await ask(
        gatewayAs(),
        shown({ type: 'text', text: 'see' }, image(`data:${type};base64,${png}`)),
      );
      expect(status).toBe(200);
      expect(asked?.messages).toEqual([
        {
          role: 'user',
          content: [
            { type: 'text', text: 'see' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } },
          ],
        },
      ]);
    },
  );

  test.each([
    ['PDF called PNG', `data:image/png;base64,${Buffer.from('%PDF-1.7').toString('base64')}`],
    ['unknown bytes without a type', 'data:application/octet-stream;base64,aGVsbG8='],
  ])('are refused: %s', async (_what, url) => {
    expect((await ask(gatewayAs(), shown(image(url)))).status).toBe(400);
    expect(provider.asked).toEqual([]);
  });

  test('reach no provider in editions that drop them', async () => {
    const body = shown({ type: 'text', text: 'see' }, image(`data:image/png;base64,${png}`));
    const { asked } = await ask(gatewayAs('2026.2.26'), body);
    expect(asked?.messages).toEqual([{ role: 'user', content: 'see' }]);
  });
});

describe('the tools of a call', () => {
  const tool = (name: string): object => ({ type: 'function', function: { name, parameters: {} } });
  const offered = ({ asked }: Said): unknown =>
    (asked?.tools as { function: { name: string } }[] | undefined)?.map((one) => one.function.name);
  const named = { type: 'function', function: { name: 'b' } };

  test.each([
    [undefined, ['a', 'b'], 'auto'],
    ['none', undefined, undefined],
    ['required', ['a', 'b'], 'required'],
    [named, ['b'], named],
  ])('by the choice %j are offered as %j', async (choice, names, told) => {
    const body = { tools: [tool('a'), tool('b')], tool_choice: choice };
    const said = await ask(gatewayAs('2026.7.1'), body);
    expect([offered(said), said.asked?.tool_choice]).toEqual([names, told]);
    const released = await ask(gatewayAs('2026.7.1', true), body);
    expect([offered(released), released.asked?.tool_choice]).toEqual([names, undefined]);
  });
});

describe('the answer of a provider', () => {
  test.each([
    ['length', 'length'],
    ['content_filter', 'content_filter'],
    ['stop', 'stop'],
    ['odd', 'stop'],
  ])('that ends with %s ends with %s', async (reason, finish) => {
    provider.answer = says([{ content: 'fine' }], reason);
    expect(JSON.parse((await ask(gatewayAs(), {})).text).choices[0].finish_reason).toBe(finish);
    expect((await ask(gatewayAs(), { stream: true })).text).toContain(`"finish_reason":"${finish}"`);
  });

  test('keeps a refusal, cached tokens and reasoning tokens', async () => {
    provider.answer = says([{ refusal: 'I will ' }, { refusal: 'not.' }], 'stop', {
      prompt_tokens: 9,
      completion_tokens: 8,
      prompt_tokens_details: { cached_tokens: 7 },
      completion_tokens_details: { reasoning_tokens: 6 },
    });
    const said = JSON.parse((await ask(gatewayAs(), {})).text);
    expect(said.choices[0].message.content).toBe('I will not.');
    expect(said.usage).toEqual({
      prompt_tokens: 9,
      completion_tokens: 8,
      total_tokens: 17,
      prompt_tokens_details: { cached_tokens: 7 },
      completion_tokens_details: { reasoning_tokens: 6 },
    });
  });
});
