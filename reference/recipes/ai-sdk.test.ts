/** The Vercel AI SDK, by `@ai-sdk/openai-compatible`. */

import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, streamText } from 'ai';
import { describe, expect } from 'vitest';
import type { Reference } from '../adapters/start.ts';
import { test } from '../testing/mannered.ts';

const agent = ({ baseURL, apiKey }: Reference, id = 'beta') =>
  createOpenAICompatible({ name: 'openclaw', baseURL, apiKey, includeUsage: true })(`openclaw:${id}`);

describe.concurrent('the Vercel AI SDK', { timeout: 30_000 }, () => {
  test('the AI SDK receives a completion', async ({ gateway }) => {
    const { text, finishReason } = await generateText({ model: agent(gateway), prompt: 'Which agent are you?' });
    expect({ text, finishReason }).toEqual({ text: 'beta', finishReason: 'stop' });
  });

  test('the AI SDK receives a stream', async ({ gateway }) => {
    const { textStream, usage } = streamText({ model: agent(gateway), prompt: 'play:sentence' });
    const pieces = await Array.fromAsync(textStream);
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.join('')).toBe('The quick brown fox jumps.');
    expect((await usage).totalTokens).toBe(6);
  });

  test('the AI SDK is remembered by its user', async ({ gateway }) => {
    const dave = { model: agent(gateway), providerOptions: { openclaw: { user: 'dave' } } };
    await generateText({ ...dave, prompt: 'Remember the code word: bramble' });
    const { text } = await generateText({ ...dave, prompt: 'Which code word did I tell you?' });
    expect(text).toBe('The code word is bramble.');
  });

  test('the AI SDK stops the run when it leaves a stream', async ({ gateway }) => {
    const controller = new AbortController();
    const { textStream } = streamText({
      model: agent(gateway),
      prompt: 'play:speak-then-hang',
      abortSignal: controller.signal,
    });
    for await (const _ of textStream) controller.abort();
    await gateway.journal.waitForRequest({ stream: true, abortedBy: 'client', ended: true });
  });

  test('the AI SDK stops the run when it does not wait for an answer', async ({ gateway }) => {
    const controller = new AbortController();
    const answer = generateText({ model: agent(gateway), prompt: 'play:hang', abortSignal: controller.signal });
    await gateway.journal.waitForRequest({ agent: 'beta' });
    controller.abort();
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
    await gateway.journal.waitForRequest({ abortedBy: 'client', ended: true });
  });

  // Its default pause would be shorter than the gateway's Retry-After.
  test('the AI SDK retries after 429, and not before Retry-After', async ({ gateway }) => {
    gateway.faults.add({ status: 429, retryAfter: 3, times: 2 });
    const { text } = await generateText({ model: agent(gateway), prompt: 'Which agent are you?', maxRetries: 2 });
    expect(text).toBe('beta');
    const asked = gateway.journal.entries();
    expect(asked.map(({ status }) => status)).toEqual([429, 429, 200]);
    const times = asked.map(({ timings }) => timings.arrived);
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(3000);
    expect(times[2]! - times[1]!).toBeGreaterThanOrEqual(3000);
  });
});
