/** Plain `fetch` without an SDK: the work of an SDK in a few lines each. */

import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import type { Reference } from '../adapters/start.ts';
import { test } from '../testing/mannered.ts';

interface Choice {
  readonly message?: { readonly content: string };
  readonly delta?: { readonly content?: string };
}

/** Sends a request; `more` are further fields of its body, `init` further options of `fetch`. */
function ask({ baseURL, apiKey }: Reference, content: string, more: object = {}, init: RequestInit = {}) {
  return fetch(`${baseURL}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'openclaw:beta', messages: [{ role: 'user', content }], ...more }),
    ...init,
  });
}

async function textOf(response: Response): Promise<string | undefined> {
  const { choices } = (await response.json()) as { choices: Choice[] };
  return choices[0]?.message?.content;
}

/** The pieces of a stream's text. An event ends at a blank line; the last one is `[DONE]`. */
async function* textsOf(response: Response): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    const events = (rest + piece).split('\n\n');
    rest = events.pop()!;
    for (const event of events) {
      if (event === 'data: [DONE]') return;
      const { choices } = JSON.parse(event.slice('data: '.length)) as { choices: Choice[] };
      if (choices[0]?.delta?.content) yield choices[0].delta.content;
    }
  }
  throw new Error('The stream ended before [DONE].');
}

describe.concurrent('fetch', { timeout: 30_000 }, () => {
  test('fetch receives a completion', async ({ gateway }) => {
    expect(await textOf(await ask(gateway, 'Which agent are you?'))).toBe('beta');
  });

  test('fetch receives a stream', async ({ gateway }) => {
    const pieces = await Array.fromAsync(textsOf(await ask(gateway, 'play:sentence', { stream: true })));
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.join('')).toBe('The quick brown fox jumps.');
  });

  test('fetch detects that a stream ends too early', async ({ gateway }) => {
    gateway.faults.add({ end: 2 });
    const texts = textsOf(await ask(gateway, 'play:sentence', { stream: true }));
    await expect(Array.fromAsync(texts)).rejects.toThrow('before [DONE]');
  });

  test('fetch is remembered by its user', async ({ gateway }) => {
    await ask(gateway, 'Remember the code word: bramble', { user: 'dave' });
    const answer = await ask(gateway, 'Which code word did I tell you?', { user: 'dave' });
    expect(await textOf(answer)).toBe('The code word is bramble.');
  });

  test('fetch stops the run when it leaves a stream', async ({ gateway }) => {
    const response = await ask(gateway, 'play:speak-then-hang', { stream: true });
    for await (const _ of textsOf(response)) break;
    await gateway.journal.waitForRequest({ stream: true, abortedBy: 'client', ended: true });
  });

  test('fetch stops the run when it does not wait for an answer', async ({ gateway }) => {
    const controller = new AbortController();
    const answer = ask(gateway, 'play:hang', {}, { signal: controller.signal });
    await gateway.journal.waitForRequest({ agent: 'beta' });
    controller.abort();
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
    await gateway.journal.waitForRequest({ abortedBy: 'client', ended: true });
  });

  test('fetch retries after 429, and not before Retry-After', async ({ gateway }) => {
    gateway.faults.add({ status: 429, retryAfter: 1, times: 2 });
    let response = await ask(gateway, 'Which agent are you?');
    while (response.status === 429) {
      await wait(Number(response.headers.get('retry-after')) * 1000);
      response = await ask(gateway, 'Which agent are you?');
    }
    expect(await textOf(response)).toBe('beta');
    expect(gateway.journal.entries().map(({ status }) => status)).toEqual([429, 429, 200]);
  });
});
