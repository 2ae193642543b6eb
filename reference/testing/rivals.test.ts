/** What was measured in other servers that a client author might take in this one's place, as what this one does. */

import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { Replies } from '../backends/scripted/replies.ts';
import { scriptedBackend } from '../backends/scripted/scripted.ts';
import { Faults } from '../faults.ts';
import type { Gateway, GatewayOptions } from '../gateway.ts';
import { Journal } from '../journal/journal.ts';
import { deployed, HEADERS, PATH, saying, TOKEN } from './deployed.ts';

const PATIENCE = { timeoutMs: 20_000 };

const open: Gateway[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((gateway) => gateway.close(0)));
});

async function listening(more: Partial<GatewayOptions> = {}): Promise<string> {
  const gateway = deployed(more);
  open.push(gateway);
  return await gateway.listen();
}

async function post(url: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return await fetch(`${url}${PATH}`, { method: 'POST', headers: { ...HEADERS, ...headers }, body });
}

/** What arrives until the connection breaks, or ends. */
async function arrived(response: Response): Promise<{ text: string; broke: boolean }> {
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const piece of response.body ?? []) text += decoder.decode(piece, { stream: true });
    return { text, broke: false };
  } catch {
    return { text, broke: true };
  }
}

describe('faults that are asked for', () => {
  test('a stream that is cut after three chunks has delivered three chunks', async () => {
    const faults = new Faults();
    const url = await listening({ faults });
    for (const fault of [{ cut: 3 }, { reset: 3 }, { hang: 3 }]) {
      faults.add(fault);
      const response = await post(url, saying('play:long', { stream: true }));
      if ('hang' in fault) {
        const reader = response.body!.getReader();
        let text = '';
        while (text.match(/^data: /gm)?.length !== 3) text += Buffer.from((await reader.read()).value!).toString();
        await reader.cancel();
        continue;
      }
      const { text, broke } = await arrived(response);
      expect([text.match(/^data: .*\n\n/gm)?.length, broke]).toEqual([3, true]);
    }
  });

  test('a stream that is answered with 429 is a 429, with Retry-After, twice and then no more', async () => {
    const replies = new Replies();
    replies.put('flaky', { match: {}, sequence: [{ fault: { status: 429, retryAfter: 1 } }, 429, 'ok'] });
    const url = await listening({ backend: scriptedBackend(replies) });
    const answers = [];
    for (let n = 0; n < 4; n++) answers.push(await post(url, saying('hi', { stream: n !== 1 })));
    expect(answers.map(({ status }) => status)).toEqual([429, 429, 200, 200]);
    expect(answers.map(({ headers }) => headers.get('retry-after'))).toEqual(['1', null, null, null]);
    expect(answers[0]?.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await answers[3]?.text()).toContain('"content":"ok"');
  });

  test('what goes wrong goes wrong again in the same way', async () => {
    const reply = { match: {}, text: 'one two three four', pace: { tokensPerSecond: 200, jitter: 1, seed: 5 } };
    const seen = [];
    for (let n = 0; n < 3; n++) {
      const replies = new Replies();
      replies.put('a', { ...reply, fault: { reorder: 2, malformed: 4, end: 5 } });
      const url = await listening({ backend: scriptedBackend(replies) });
      const { text } = await arrived(await post(url, saying('hi', { stream: true })));
      seen.push(text.replaceAll(/chatcmpl_[\w-]+|"created":\d+/g, ''));
    }
    expect(new Set(seen).size).toBe(1);
    expect(seen[0]?.match(/^data: /gm)).toHaveLength(5);
  });
});

test('a quote, a line end, a brace in a prompt is text: never a 500, and it comes back as it was', async () => {
  const replies = new Replies();
  replies.put('a', { match: {}, text: '{{message}}', toolCalls: [{ name: 'f', arguments: { said: '{{message}}' } }] });
  const url = await listening({ backend: scriptedBackend(replies) });
  const tools = [{ type: 'function', function: { name: 'f' } }];
  for (const prompt of [
    'a "quote"',
    "it's",
    'two\nlines\r\n',
    '\\',
    '{{message}} ${x} {n}',
    '</final>"}]',
    '\u2028😀\0',
  ]) {
    const response = await post(url, saying(prompt, { tools }));
    expect(response.status).toBe(200);
    const { message } = ((await response.json()) as { choices: { message: Message }[] }).choices[0]!;
    expect(JSON.parse(message.tool_calls[0]!.function.arguments)).toEqual({ said: prompt.trim() });
    if (!prompt.includes('final')) expect(message.content).toBe(prompt.trim());
  }
});

interface Message {
  readonly content: string;
  readonly tool_calls: { readonly function: { readonly arguments: string } }[];
}

test.each(['{', '{"messages":', 'not json', '"', '[1,]'])('malformed JSON is a 400: %s', async (body) => {
  const response = await post(await listening(), body);
  expect([response.status, await response.json()]).toMatchObject([400, { error: { type: 'invalid_request_error' } }]);
});

test('by default it listens on loopback alone', async () => {
  const url = await listening();
  expect(new URL(url).hostname).toBe('127.0.0.1');
  const outward = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const own = outward.filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address);
  for (const address of [...own, ...(process.platform === 'linux' ? ['127.0.0.2'] : [])]) {
    const [error] = (await once(connect(Number(new URL(url).port), address), 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
  }
});

describe('the journal', () => {
  test('a client that leaves is told from one that was answered', async () => {
    const journal = new Journal();
    const url = await listening({ journal });
    const body = (await post(url, saying('play:speak-then-hang', { stream: true }))).body!;
    await body.cancel();
    const left = await journal.waitForRequest({ ended: true }, PATIENCE);
    expect(left).toMatchObject({ status: 200, abortedBy: 'client', done: 'no' });
    await (await post(url, saying('hi'))).text();
    expect(await journal.waitForRequest({ number: 2, ended: true }, PATIENCE)).toMatchObject({ abortedBy: null });
  });

  test('who was refused is in it, and no credential is', async () => {
    const journal = new Journal();
    const url = await listening({ journal });
    await post(url, saying('hi'), { Authorization: 'Bearer wrong-4711-secret' });
    await post(url, '{"half":', { 'x-api-key': 'other-4711-secret' });
    await (await post(url, saying('hi'))).text();
    expect(journal.entries().map(({ status }) => status)).toEqual([401, 400, 200]);
    const written = JSON.stringify(journal.entries());
    for (const secret of [TOKEN, 'wrong-4711-secret', 'other-4711-secret']) expect(written).not.toContain(secret);
  });

  test('it has a bound in bytes, whatever comes', async () => {
    const journal = new Journal({ characters: 100_000 });
    const url = await listening({ journal });
    for (let n = 0; n < 20; n++) await (await post(url, saying('x'.repeat(50_000)))).text();
    await journal.waitForRequest({ number: 20, ended: true }, PATIENCE);
    expect(JSON.stringify(journal.entries()).length).toBeLessThan(120_000);
    expect(journal.forgotten).toBeGreaterThan(10);
  });
});

test('one slow reader of a long answer costs the gateway no more than a few buffers', async () => {
  const replies = new Replies();
  const piece = 'x'.repeat(4000);
  let spoken = 0;
  const backend = scriptedBackend(replies);
  replies.put('flood', { events: [{ text: piece, times: 5000 }] });
  const counting: typeof backend = {
    async *run(run, signal) {
      for await (const event of backend.run(run, signal)) {
        spoken += 1;
        yield event;
      }
    },
  };
  const url = await listening({ backend: counting });
  const response = await post(url, saying('play:flood', { stream: true }));
  const reader = response.body!.getReader();
  await reader.read();
  // It stops by itself: without a reader nothing more is taken from the run.
  let before = -1;
  await expect.poll(() => before === (before = spoken), { timeout: 20_000, interval: 300 }).toBe(true);
  expect(spoken).toBeLessThan(3500);
  let text = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) text += next.value.length;
  expect(text).toBeGreaterThan(4000 * 4500);
});

test('a thousand chunks a second are a thousand: no delay adds to the one before it', async () => {
  const url = await listening({ backend: scriptedBackend(new Replies(), { pace: { tokensPerSecond: 1000 } }) });
  const began = performance.now();
  const text = await (await post(url, saying('count to 2000', { stream: true }))).text();
  const took = performance.now() - began;
  expect(text.split('"content"')).toHaveLength(2001);
  // The last one is due after 1,999 ms; with a millisecond's delay after each, timers alone make that 3,600.
  expect(took).toBeGreaterThan(1999);
  expect(took).toBeLessThan(3300);
});
