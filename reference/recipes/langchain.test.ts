/** LangChain, by `@langchain/openai`. */

import { ChatOpenAI } from '@langchain/openai';
import { describe, expect } from 'vitest';
import type { Reference } from '../adapters/start.ts';
import { test } from '../testing/mannered.ts';

const agent = ({ baseURL, apiKey }: Reference, more: object = {}) =>
  new ChatOpenAI({ model: 'openclaw:beta', apiKey, configuration: { baseURL }, ...more });

describe.concurrent('LangChain', { timeout: 30_000 }, () => {
  test('LangChain receives a completion', async ({ gateway }) => {
    const { text } = await agent(gateway).invoke('Which agent are you?');
    expect(text).toBe('beta');
  });

  test('LangChain receives a stream', async ({ gateway }) => {
    const pieces = await Array.fromAsync(await agent(gateway).stream('play:sentence'), ({ text }) => text);
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.join('')).toBe('The quick brown fox jumps.');
  });

  test('LangChain is remembered by its user', async ({ gateway }) => {
    const dave = agent(gateway, { user: 'dave' });
    await dave.invoke('Remember the code word: bramble');
    expect((await dave.invoke('Which code word did I tell you?')).text).toBe('The code word is bramble.');
  });

  test('LangChain stops the run when it leaves a stream', async ({ gateway }) => {
    const controller = new AbortController();
    const stream = await agent(gateway).stream('play:speak-then-hang', { signal: controller.signal });
    const read = async (): Promise<void> => {
      for await (const { text } of stream) if (text !== '') controller.abort();
    };
    await expect(read()).rejects.toMatchObject({ name: 'AbortError' });
    await gateway.journal.waitForRequest({ stream: true, abortedBy: 'client', ended: true });
  });

  test('LangChain stops the run when it does not wait for an answer', async ({ gateway }) => {
    const controller = new AbortController();
    const answer = agent(gateway).invoke('play:hang', { signal: controller.signal });
    await gateway.journal.waitForRequest({ agent: 'beta' });
    controller.abort();
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
    await gateway.journal.waitForRequest({ abortedBy: 'client', ended: true });
  });

  // Its default pause would be shorter than the gateway's Retry-After.
  test('LangChain retries after 429, and not before Retry-After', async ({ gateway }) => {
    gateway.faults.add({ status: 429, retryAfter: 3, times: 2 });
    const { text } = await agent(gateway, { maxRetries: 2 }).invoke('Which agent are you?');
    expect(text).toBe('beta');
    const asked = gateway.journal.entries();
    expect(asked.map(({ status }) => status)).toEqual([429, 429, 200]);
    const times = asked.map(({ timings }) => timings.arrived);
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(3000);
    expect(times[2]! - times[1]!).toBeGreaterThanOrEqual(3000);
  });
});
