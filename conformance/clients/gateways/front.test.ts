/** A wrong gateway over HTTP says piece by piece what its mutant says, breaks off where it does, and tells what it changed. */
import { request as httpRequest } from 'node:http';
import { afterAll, describe, expect, test } from 'vitest';
import { startReference } from '../../../reference/index.ts';
import type { Liar } from '../../dial/mutant.ts';
import { asks, chunks, replies, reset, saysText } from '../../vocabulary/liars.ts';
import { Front } from './front.ts';
import { ask, settingOf, type Setting } from './scenario.ts';

const reference = await startReference();
afterAll(() => reference.close());

const HELLO = { name: 'hello', reply: { text: ['one', ' two', ' three'] } };
const faithful: Liar = (request, gateway) => gateway(request);

async function fronted<T>(liar: Liar, act: (front: Front, url: string, setting: Setting) => Promise<T>): Promise<T> {
  await using setting = await settingOf(HELLO, reference);
  await using front = new Front(liar, setting.url);
  return await act(front, await front.listen(), setting);
}

/** The text of an answer, and whether it broke off. */
async function read(response: Response): Promise<{ text: string; broke: boolean }> {
  let text = '';
  try {
    for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) text += piece;
    return { text, broke: false };
  } catch {
    return { text, broke: true };
  }
}

describe('a wrong gateway over HTTP', () => {
  test.each(['whole', 'streamed'] as const)(
    'a faithful one is passed on as it is, %s, and nothing is changed',
    (mode) =>
      fronted(faithful, async (front, url, setting) => {
        const response = await ask(url, setting, mode, {});
        const { text, broke } = await read(response);
        expect([response.status, broke]).toEqual([200, false]);
        expect(text).toContain(mode === 'whole' ? 'one two three' : ' three');
        expect(response.headers.get('content-type')).toContain(mode === 'whole' ? 'json' : 'event-stream');
        expect([front.requests, front.altered]).toEqual([1, false]);
      }),
  );

  test('each event of a stream is passed on before the next one is there', () => {
    const heard = Promise.withResolvers<void>();
    const slow = replies(
      () =>
        new Response(
          new ReadableStream({
            async start(controller) {
              controller.enqueue(Buffer.from('data: 1\n\n'));
              await heard.promise;
              controller.enqueue(Buffer.from('data: 2\n\n'));
              controller.close();
            },
          }),
        ),
    );
    return fronted(slow, async (_, url, setting) => {
      const response = await ask(url, setting, 'streamed', {});
      const reader = response.body!.getReader();
      expect(Buffer.from((await reader.read()).value!).toString()).toBe('data: 1\n\n');
      heard.resolve();
      expect(Buffer.from((await reader.read()).value!).toString()).toBe('data: 2\n\n');
      expect((await reader.read()).done).toBe(true);
    });
  });

  test('a mutant that throws resets the connection', () =>
    fronted(reset, async (front, url, setting) => {
      await expect(ask(url, setting, 'whole', {})).rejects.toThrow('fetch failed');
      expect(front.altered).toBe(true);
    }));

  test('a mutant that breaks a stream cuts the connection, after what it said', () => {
    const said = ['data: one\n\n'];
    const breaks = replies(
      ({ headers }) =>
        new Response(
          new ReadableStream({
            pull(controller) {
              const next = said.shift();
              if (next === undefined) throw new TypeError('terminated');
              controller.enqueue(Buffer.from(next));
            },
          }),
          { headers },
        ),
    );
    return fronted(breaks, async (front, url, setting) => {
      const { text, broke } = await read(await ask(url, setting, 'streamed', {}));
      expect([text, broke]).toEqual(['data: one\n\n', true]);
      expect(front.altered).toBe(true);
    });
  });

  test.each([
    ['drops a delta', chunks((chunk) => (saysText(chunk) ? [] : chunk))],
    ['changes what the agent is asked', asks((body) => ({ ...body, temperature: 1 }))],
    ['asks twice', (async (request, gateway) => (await gateway(request.clone()), gateway(request))) satisfies Liar],
    ['answers by itself', (async () => new Response('no')) satisfies Liar],
    ['changes a header', replies(({ body, status }) => new Response(body, { status, headers: { 'x-own': '1' } }))],
  ] as const)('a mutant that %s has changed the exchange', (_, liar) =>
    fronted(liar, async (front, url, setting) => {
      await read(await ask(url, setting, 'streamed', {}));
      expect(front.altered).toBe(true);
    }),
  );

  test('the mutant hears that the client leaves, and of what it read nothing was changed', () => {
    const left = Promise.withResolvers<void>();
    const hanging: Liar = async (request, gateway) => {
      const response = await gateway(request);
      const reader = response.body!.getReader();
      const first = await reader.read();
      request.signal.addEventListener('abort', () => left.resolve());
      const { status, headers } = response;
      const body = new ReadableStream({ start: (controller) => controller.enqueue(first.value) });
      return new Response(body, { status, headers });
    };
    return fronted(hanging, async (front, url, setting) => {
      const call = new AbortController();
      const response = await ask(url, setting, 'streamed', { signal: call.signal });
      await response.body!.getReader().read();
      expect(front.altered).toBe(false);
      call.abort();
      await left.promise;
      expect(front.altered).toBe(false);
    });
  });

  test('a client that sends more than is read is cut', () =>
    fronted(faithful, async (_, url) => {
      const cut = Promise.withResolvers<void>();
      const request = httpRequest(`${url}/v1/chat/completions`, { method: 'POST' });
      request.on('error', () => cut.resolve());
      request.on('response', () => cut.reject(new Error('it was answered')));
      request.end(Buffer.alloc(33 * 1024 * 1024, 'x'));
      await cut.promise;
    }));
});
