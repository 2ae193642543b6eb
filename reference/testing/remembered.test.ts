/** What a session remembers of calls at once, of runs that fail and of clients that leave. */

import type { ServerResponse } from 'node:http';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { Gateway } from '../gateway.ts';
import { Sessions } from '../sessions/sessions.ts';
import { M, MODELS, event, good, inFrontOf, saying as says, startAsked, type Provider } from './asked.ts';
import { HEADERS, PATH } from './deployed.ts';

const provider = await startAsked();
const { gatewayAs } = inFrontOf(provider);
afterAll(() => provider.close());
beforeEach(() => {
  provider.asked.length = 0;
  provider.answer = good;
});

describe('first calls of a session at once', () => {
  test.each([
    ['2026.7.1', true, [1, 1, 1, 3]],
    ['2026.7.1', false, [1, 3, 5, 7]],
    ['2026.9.6', true, [1, 3, 5, 7]],
  ])(
    'as %s (as released: %j) run one after the other, with so many messages: %j',
    async (edition, asReleased, counts) => {
      const sessions = new Sessions();
      const gateway = gatewayAs(edition, asReleased, MODELS, sessions);
      const url = await gateway.listen();
      let held = true;
      let running = 0;
      let most = 0;
      const answerWhenAllWait = async (response: ServerResponse): Promise<void> => {
        most = Math.max(most, ++running);
        if (held) await expect.poll(() => sessions.list()[0]?.visitors).toBe(3);
        held = false;
        running -= 1;
        good(response);
      };
      provider.answer = (response) => void answerWhenAllWait(response);
      try {
        const body = JSON.stringify({ model: 'openclaw/main', user: 'new', ...M });
        const call = async (): Promise<string> =>
          await (await fetch(url + PATH, { method: 'POST', headers: HEADERS, body })).text();
        await Promise.all([call(), call(), call()]);
        await call();
        expect(provider.asked.map(({ messages }) => (messages as unknown[]).length)).toEqual(counts);
        expect(most).toBe(1);
      } finally {
        await gateway.close(0);
      }
    },
  );
});

describe('a turn that was not answered', () => {
  test('because a call was insisted on is remembered by a release', async () => {
    const tools = [{ type: 'function', function: { name: 'f' } }];
    const http = gatewayAs('2026.7.1', true);
    const url = await http.listen();
    const call = async (more: object): Promise<number> => {
      const body = JSON.stringify({ model: 'openclaw/main', user: 'u', ...M, ...more });
      return (await fetch(url + PATH, { method: 'POST', headers: HEADERS, body })).status;
    };
    try {
      expect(await call({ tools, tool_choice: 'required' })).toBe(502);
      const insisting = { role: 'system', content: 'You must call one of the available tools before responding.' };
      expect(provider.asked.at(-1)!.messages).toEqual([insisting, ...M.messages]);
      expect(await call({})).toBe(200);
      expect(provider.asked.at(-1)!.messages).toEqual([
        ...M.messages,
        { role: 'assistant', content: 'fine' },
        ...M.messages,
      ]);
    } finally {
      await http.close(0);
    }
  });

  const FAILED = `[This turn failed before it completed. Do not redo its work without confirming with the user first.]`;
  const TAGGED = '[[reply_to_current]] hm';
  const breaksOff: Provider['answer'] = (response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.end(event({ choices: [{ index: 0, delta: { content: 'so far' } }] }));
  };
  const breaksMidway: Provider['answer'] = (response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    const said = event({ choices: [{ index: 0, delta: { content: 'so far' } }] });
    response.write(said, () => response.socket?.resetAndDestroy());
  };
  const refuses: Provider['answer'] = (response) => void response.writeHead(400).end('no');
  const heard = (): string[] =>
    (provider.asked.at(-1)!.messages as { role: string; content: string }[]).map(
      ({ role, content }) => `${role}: ${content}`,
    );

  /** What the provider is told in the end when the first call is answered so. */
  async function next(gateway: Gateway, answer: Provider['answer'], leaves = false, stream = true): Promise<string[]> {
    const url = await gateway.listen();
    const call = async (content: string, signal: AbortSignal | null = null): Promise<unknown> => {
      const messages = [{ role: 'user', content }];
      const body = JSON.stringify({ model: 'openclaw/main', user: 'u', stream, messages });
      return (await fetch(url + PATH, { method: 'POST', headers: HEADERS, body, signal })).text();
    };
    try {
      provider.answer = answer;
      const leaving = new AbortController();
      const first = call('first', leaving.signal).catch(() => undefined);
      if (leaves) {
        await expect.poll(() => provider.asked.length).toBe(1);
        leaving.abort();
        await expect.poll(() => provider.left, { timeout: 5_000 }).toBe(1);
      }
      await first;
      provider.answer = good;
      await call('second');
      const second = heard();
      await call('third');
      return [...second, '–', ...heard()];
    } finally {
      await gateway.close(0);
    }
  }

  const ANSWERED = ['user: second', '–', 'user: second', 'assistant: fine', 'user: third'];
  const kept = (...turns: string[]): string[] => [
    ...turns,
    'user: second',
    '–',
    ...turns,
    'user: second',
    'assistant: fine',
    'user: third',
  ];

  test.each([
    ['2026.2.1', true, refuses, kept('user: first')],
    ['2026.2.1', true, breaksMidway, kept('user: first')],
    ['2026.2.1', true, says([]), kept('user: first')],
    ['2026.9.6', true, says([]), kept('user: first')],
    ['2026.9.6', true, says([{ content: 'NO_REPLY' }]), kept('user: first')],
    ['2026.9.6', true, says([{ content: '[[reply_to_current]] hm' }]), kept('user: first', 'assistant: hm')],
    ['2026.2.1', true, says([{ content: '[[reply_to_current]] hm' }]), kept('user: first', `assistant: ${TAGGED}`)],
    ['2026.9.6', false, says([{ content: '[[reply_to_current]] hm' }]), kept('user: first', `assistant: ${TAGGED}`)],
    ['2026.9.6', true, refuses, kept('user: first')],
    ['2026.9.6', true, breaksOff, kept('user: first', `assistant: ${FAILED}`)],
    ['2026.9.6', false, refuses, ANSWERED],
    ['2026.9.6', false, breaksOff, ANSWERED],
  ])(
    'because its run failed is remembered as %s does it (as released: %j, %#)',
    async (edition, released, answer, told) => {
      for (const stream of [true, false]) {
        provider.asked.length = 0;
        expect(await next(gatewayAs(edition, released), answer, false, stream)).toEqual(told);
      }
    },
  );

  const QUEUED =
    '[Queued user message from a previous active turn; preserved as context only. Continue with the active prompt below.]';
  const hangs: Provider['answer'] = () => undefined;
  const hangsLate: Provider['answer'] = (response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write(event({ choices: [{ index: 0, delta: { content: 'so far' } }] }));
  };
  const merged = `user: ${QUEUED}\nfirst\n\nsecond`;

  test.each([
    ['2026.9.6', true, hangs, [merged, '–', 'user: second', 'assistant: fine', 'user: third']],
    ['2026.9.6', true, hangsLate, [merged, '–', 'user: second', 'assistant: fine', 'user: third']],
    ['2026.9.6', false, hangsLate, ANSWERED],
  ])(
    'because its client left is remembered as %s does it (as released: %j, %#)',
    async (edition, released, answer, told) => {
      for (const stream of [true, false]) {
        provider.asked.length = 0;
        provider.left = 0;
        expect(await next(gatewayAs(edition, released), answer, true, stream)).toEqual(told);
      }
    },
  );
});
