/** The official SDK, in each major that is in use, against the reference. */

import OpenAI7 from 'openai';
import OpenAI4 from 'openai4';
import OpenAI5 from 'openai5';
import OpenAI6 from 'openai6';
import { afterAll, describe, expect, test } from 'vitest';
import { deployed, TOKEN } from './deployed.ts';

const gateway = deployed();
const baseURL = `${await gateway.listen()}/v1`;
afterAll(() => gateway.close(0));

// The majors' types differ where it does not matter here; those of the newest stand for all.
const MAJORS = { 4: OpenAI4, 5: OpenAI5, 6: OpenAI6, 7: OpenAI7 } as unknown as Record<string, typeof OpenAI7>;

describe.each(Object.keys(MAJORS))('openai %s', (major) => {
  const OpenAI = MAJORS[major] ?? OpenAI7;
  const client = new OpenAI({ apiKey: TOKEN, baseURL, maxRetries: 0 });
  const call = { model: 'openclaw:beta', messages: [{ role: 'user', content: 'play:sentence' }] } as const;
  const params = { ...call, messages: [...call.messages] };

  test('completes a plain call', async () => {
    const { choices } = await client.chat.completions.create(params);
    expect(choices[0]?.message.content).toBe('The quick brown fox jumps.');
  });

  test('completes a streamed call', async () => {
    let text = '';
    const stream = await client.chat.completions.create({ ...params, stream: true });
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe('The quick brown fox jumps.');
  });

  test('its helper reaches the final completion, token counts included', async () => {
    const { chat, beta } = client as OpenAI7 & { beta: { chat?: OpenAI7['chat'] } };
    const completions = 'stream' in chat.completions ? chat.completions : beta.chat?.completions;
    const helper = completions?.stream({ ...params, stream_options: { include_usage: true } });
    const final = await helper?.finalChatCompletion();
    expect(final?.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { content: 'The quick brown fox jumps.' },
    });
    expect(final?.usage?.total_tokens).toBe(6);
  });

  test('a failed run throws, in the middle of a stream too', async () => {
    const failing = { ...params, messages: [{ role: 'user', content: 'play:fail-429' } as const] };
    await expect(client.chat.completions.create(failing)).rejects.toBeInstanceOf(OpenAI.RateLimitError);
    const stream = await client.chat.completions.create({ ...failing, stream: true });
    await expect(Array.fromAsync(stream)).rejects.toThrow('The model provider limits the rate of requests.');
  });

  test('a wrong secret is an AuthenticationError', async () => {
    const stranger = new OpenAI({ apiKey: 'wrong', baseURL });
    const refused = stranger.chat.completions.create(params);
    await expect(refused).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    await expect(refused).rejects.toMatchObject({ type: 'unauthorized' });
  });
});
