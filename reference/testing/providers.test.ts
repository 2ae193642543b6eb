/**
 * The upstream backend in front of two providers: aimock, which others wrote, and the reference itself. What the provider
 * is asked and what it says arrive, whole and streamed; what it says when it fails does not.
 */

import { LLMock } from '@copilotkit/aimock';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { upstreamBackend } from '../backends/upstream.ts';
import { createGateway, type Gateway } from '../gateway.ts';
import { deployed, optionsOf, TOKEN } from './deployed.ts';

const KEY = 'sk-provider-0123456789abcdef';
const LIMITED = 'slow down, friend of the provider';

const mock = new LLMock({ port: 0 });
mock.on({ userMessage: 'One word' }, { content: 'Yes, gladly.' });
mock.on({ userMessage: 'Call get_time' }, { toolCalls: [{ name: 'get_time', arguments: '{"zone":"UTC"}' }] });
mock.on({ userMessage: 'play:fail-429' }, { error: { message: LIMITED, type: 'rate_limit_error' }, status: 429 });

const itself = deployed();
const tool = {
  type: 'function',
  function: { name: 'get_time', parameters: { properties: { zone: { const: 'UTC' } } } },
};

describe.each(['aimock', 'the reference'])('in front of %s', (provider) => {
  let gateway: Gateway;
  let client: OpenAI;

  beforeAll(async () => {
    const isMock = provider === 'aimock';
    const url = `${isMock ? await mock.start() : await itself.listen()}/v1`;
    const env = { OPENAI_API_KEY: isMock ? KEY : TOKEN };
    const options = optionsOf('token');
    const backend = upstreamBackend({ ...options, url, model: isMock ? 'gpt-4o' : 'openclaw', env });
    gateway = createGateway({ ...options, backend });
    client = new OpenAI({ baseURL: `${await gateway.listen()}/v1`, apiKey: TOKEN, maxRetries: 0 });
  });
  afterAll(async () => {
    await gateway.close(0);
    await (provider === 'aimock' ? mock.stop() : itself.close(0));
  });

  const asking = (content: string, more: object = {}): OpenAI.ChatCompletionCreateParamsNonStreaming => ({
    model: 'openclaw',
    messages: [{ role: 'user', content }],
    ...more,
  });

  test('an answer arrives with its token counts', async () => {
    const { choices, usage } = await client.chat.completions.create(asking('One word, please.'));
    expect(choices[0]).toMatchObject({ message: { content: expect.stringMatching(/\w/) }, finish_reason: 'stop' });
    expect(usage?.total_tokens).toBeGreaterThan(0);
    const streamed = client.chat.completions.stream({ ...asking('One word, please.'), stream: true });
    expect(await streamed.finalContent()).toBe(choices[0]?.message.content);
  });

  test('a call of a function arrives with its arguments', async () => {
    const call = asking('Call get_time, please.', { tools: [tool] });
    const whole = await client.chat.completions.create(call);
    const streamed = await client.chat.completions.stream({ ...call, stream: true }).finalChatCompletion();
    for (const { choices } of [whole, streamed]) {
      expect(choices[0]?.finish_reason).toBe('tool_calls');
      expect(choices[0]?.message.tool_calls).toMatchObject([
        { type: 'function', function: { name: 'get_time', arguments: '{"zone":"UTC"}' } },
      ]);
    }
  });

  test('a failure arrives with its status, without the words of the provider and without its key', async () => {
    for (const stream of [false, true]) {
      const failure = await client.chat.completions
        .create({ ...asking('play:fail-429'), stream })
        .then(async (answer) => (Symbol.asyncIterator in answer ? Array.fromAsync(answer) : answer))
        .catch((thrown: unknown) => thrown);
      expect(failure).toBeInstanceOf(OpenAI.APIError);
      if (!stream) expect(failure).toMatchObject({ status: 429 });
      expect(String(failure)).toContain('limits the rate of requests');
      expect(JSON.stringify([String(failure), failure])).not.toMatch(/friend of the provider|sk-provider/);
    }
  });
});

test('aimock is asked what the client asked', async () => {
  await mock.start();
  mock.clearRequests();
  const options = optionsOf('token');
  const backend = upstreamBackend({ ...options, url: `${mock.url}/v1`, model: 'gpt-4o', env: { OPENAI_API_KEY: KEY } });
  const gateway = createGateway({ ...options, backend });
  const client = new OpenAI({ baseURL: `${await gateway.listen()}/v1`, apiKey: TOKEN, maxRetries: 0 });
  try {
    const more = {
      temperature: 0.3,
      stop: ['END'],
      max_completion_tokens: 7,
      response_format: { type: 'text' as const },
    };
    await client.chat.completions.create({
      model: 'openclaw',
      messages: [{ role: 'user', content: 'One word' }],
      ...more,
    });
    expect(mock.getRequests()[0]?.body).toMatchObject({ model: 'gpt-4o', ...more });
  } finally {
    await gateway.close(0);
    await mock.stop();
  }
});
