/** The official SDK, in each major that is in use. */

import OpenAI7 from 'openai';
import OpenAI4 from 'openai4';
import OpenAI5 from 'openai5';
import OpenAI6 from 'openai6';
import { describe, expect } from 'vitest';
import { test } from '../testing/mannered.ts';

// The types of the majors differ in parts that are not used here; those of the newest are used for all.
const MAJORS = { 4: OpenAI4, 5: OpenAI5, 6: OpenAI6, 7: OpenAI7 } as unknown as Record<string, typeof OpenAI7>;

const asking = (content: string) => ({ model: 'openclaw:beta', messages: [{ role: 'user' as const, content }] });

describe.concurrent.each(Object.entries(MAJORS))('openai %s', { timeout: 30_000 }, (_, OpenAI) => {
  test('the official SDK receives a completion', async ({ gateway: { baseURL, apiKey } }) => {
    const client = new OpenAI({ baseURL, apiKey });
    const { choices } = await client.chat.completions.create(asking('Which agent are you?'));
    expect(choices[0]?.message.content).toBe('beta');
  });

  test('the official SDK receives a stream', async ({ gateway: { baseURL, apiKey } }) => {
    const client = new OpenAI({ baseURL, apiKey });
    const stream = await client.chat.completions.create({ ...asking('play:sentence'), stream: true });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe('The quick brown fox jumps.');
  });

  test('the official SDK passes a stream to its helper, which gives the final completion and its token counts', async ({
    gateway,
  }) => {
    const client = new OpenAI({ baseURL: gateway.baseURL, apiKey: gateway.apiKey });
    const { chat, beta } = client as OpenAI7 & { beta: { chat?: OpenAI7['chat'] } };
    const completions = 'stream' in chat.completions ? chat.completions : beta.chat?.completions;
    const helper = completions?.stream({ ...asking('play:sentence'), stream_options: { include_usage: true } });
    const final = await helper?.finalChatCompletion();
    expect(final?.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { content: 'The quick brown fox jumps.' },
    });
    expect(final?.usage?.total_tokens).toBe(6);
  });

  test('the official SDK is remembered by its user, or by a session key of its own choice', async ({
    gateway: { baseURL, apiKey },
  }) => {
    const client = new OpenAI({ baseURL, apiKey });
    const headers = { 'x-openclaw-session-key': 'agent:beta:notes' };
    await client.chat.completions.create({ ...asking('Remember the code word: bramble'), user: 'dave' });
    await client.chat.completions.create(asking('Remember the code word: thistle'), { headers });
    const question = asking('Which code word did I tell you?');
    const byUser = await client.chat.completions.create({ ...question, user: 'dave' });
    const byKey = await client.chat.completions.create(question, { headers });
    expect(byUser.choices[0]?.message.content).toBe('The code word is bramble.');
    expect(byKey.choices[0]?.message.content).toBe('The code word is thistle.');
  });

  test('the official SDK stops the run when it leaves a stream', async ({ gateway: { baseURL, apiKey, journal } }) => {
    const client = new OpenAI({ baseURL, apiKey });
    const stream = await client.chat.completions.create({ ...asking('play:speak-then-hang'), stream: true });
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
    await journal.waitForRequest({ stream: true, abortedBy: 'client', ended: true });
  });

  test('the official SDK stops the run when it does not wait for an answer', async ({
    gateway: { baseURL, apiKey, journal },
  }) => {
    const client = new OpenAI({ baseURL, apiKey });
    const controller = new AbortController();
    const completion = client.chat.completions.create(asking('play:hang'), { signal: controller.signal });
    await journal.waitForRequest({ agent: 'beta' });
    controller.abort();
    await expect(completion).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
    await journal.waitForRequest({ abortedBy: 'client', ended: true });
  });

  test('the official SDK retries after 429, and not before Retry-After', async ({
    gateway: { baseURL, apiKey, faults, journal },
  }) => {
    faults.add({ status: 429, retryAfter: 1, times: 2 });
    const client = new OpenAI({ baseURL, apiKey, maxRetries: 2 });
    const { choices } = await client.chat.completions.create(asking('Which agent are you?'));
    expect(choices[0]?.message.content).toBe('beta');
    const asked = journal.entries();
    expect(asked.map(({ status }) => status)).toEqual([429, 429, 200]);
    const times = asked.map(({ timings }) => timings.arrived);
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(1000);
    expect(times[2]! - times[1]!).toBeGreaterThanOrEqual(1000);
  });

  test('the official SDK throws when a run fails, in the middle of a stream too', async ({
    gateway: { baseURL, apiKey },
  }) => {
    const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
    await expect(client.chat.completions.create(asking('play:fail-429'))).rejects.toBeInstanceOf(OpenAI.RateLimitError);
    const stream = await client.chat.completions.create({ ...asking('play:fail-429'), stream: true });
    await expect(Array.fromAsync(stream)).rejects.toThrow('The model provider limits the rate of requests.');
  });

  test('the official SDK does not retry with a refused secret', async ({ gateway: { baseURL, headers, journal } }) => {
    const client = new OpenAI({ baseURL, apiKey: 'wrong', defaultHeaders: headers });
    const refused = client.chat.completions.create(asking('hi'));
    await expect(refused).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    await expect(refused).rejects.toMatchObject({ type: 'unauthorized' });
    expect(journal.entries()).toHaveLength(1);
  });
});
