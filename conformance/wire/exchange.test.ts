import { describe, expect, test } from 'vitest';
import { BOUNDS } from './bounds.ts';
import { recorder } from './exchange.ts';

const encoder = new TextEncoder();

function streaming(write: (controller: ReadableStreamDefaultController<Uint8Array>) => void): () => Promise<Response> {
  return async () => new Response(new ReadableStream({ start: write }), { status: 200 });
}

describe('recorder', () => {
  test('the recorder keeps request, status and body, and passes the same bytes on', async () => {
    const listener = recorder(async () => new Response('héllo', { status: 418 }), BOUNDS).listener();
    const response = await listener.fetch('http://x/y', { method: 'POST', body: '{}', headers: { a: 'b' } });
    expect(await response.text()).toBe('héllo');
    const exchange = await listener.last();
    expect(exchange).toMatchObject({ status: 418, body: 'héllo', end: 'complete' });
    expect(exchange.request).toMatchObject({ method: 'POST', url: 'http://x/y', body: '{}' });
    expect(exchange.request.headers).toContainEqual(['a', 'b']);
  });

  test('a response is read to its end although its copy is not consumed', async () => {
    const listener = recorder(async () => new Response('unread'), BOUNDS).listener();
    await listener.fetch('http://x/', {});
    expect((await listener.last()).body).toBe('unread');
  });

  test('a broken connection ends as "cut"', async () => {
    const broken = streaming((controller) => {
      controller.enqueue(encoder.encode('half'));
      queueMicrotask(() => controller.error(new Error('reset')));
    });
    const listener = recorder(broken, BOUNDS).listener();
    const response = await listener.fetch('http://x/', {});
    await expect(response.text()).rejects.toThrow('reset');
    expect(await listener.last()).toMatchObject({ end: 'cut' });
  });

  test('the recorder disconnects when the time limit expires, even from a gateway that keeps sending', async () => {
    const endless = streaming((controller) => controller.enqueue(encoder.encode('on and on')));
    const listener = recorder(endless, { ...BOUNDS, patience: 20 }).listener();
    const response = await listener.fetch('http://x/', {});
    await expect(response.text()).rejects.toThrow('no end of the answer within 20 ms (--timeout)');
    expect(await listener.last()).toMatchObject({ end: 'open', body: 'on and on' });
  });

  test('a response of too many bytes is abandoned, its beginning is kept, and reading its body names the limit', async () => {
    const listener = recorder(async () => new Response('x'.repeat(200_000)), {
      ...BOUNDS,
      maxBytes: 100_000,
    }).listener();
    const response = await listener.fetch('http://x/', {});
    const message = 'the gateway sent more than 100000 bytes';
    await expect(response.text()).rejects.toThrow(message);
    const exchange = await listener.last();
    expect(exchange).toMatchObject({ end: 'over', bound: expect.stringContaining('(--max-bytes)') as string });
    expect(() => exchange.body).toThrow(message);
  });

  test('a response with exactly as many bytes and frames as the limit is complete', async () => {
    const body = 'data: x\r\n\r\n'.repeat(10);
    const bounds = { ...BOUNDS, maxBytes: body.length, maxFrames: 10 };
    const last = async (maxFrames: number): Promise<string> => {
      const listener = recorder(async () => new Response(body), { ...bounds, maxFrames }).listener();
      await listener.fetch('http://x/', {});
      return (await listener.last()).end;
    };
    expect([await last(10), await last(9)]).toEqual(['complete', 'over']);
  });

  test('the signal of the recorder ends all exchanges in flight', async () => {
    const leaving = new AbortController();
    const endless = streaming((controller) => controller.enqueue(encoder.encode('on')));
    const listener = recorder(endless, BOUNDS, leaving.signal).listener();
    await listener.fetch('http://x/', {});
    leaving.abort();
    expect(await listener.last()).toMatchObject({ end: 'left' });
  });

  test('an exchange that the client aborts ends as "left"', async () => {
    const endless = streaming((controller) => controller.enqueue(encoder.encode('on')));
    const listener = recorder(endless, BOUNDS).listener();
    const leaving = new AbortController();
    await listener.fetch('http://x/', { signal: leaving.signal });
    leaving.abort();
    expect(await listener.last()).toMatchObject({ end: 'left' });
  });

  test('a request without any response rejects', async () => {
    const listener = recorder(() => Promise.reject(new TypeError('fetch failed')), BOUNDS).listener();
    await expect(listener.fetch('http://x/', {})).rejects.toThrow('fetch failed');
    await expect(listener.last()).rejects.toThrow('fetch failed');
  });

  test('exchanges of concurrent clients are kept apart', async () => {
    const echo = recorder(async (url) => new Response(url), BOUNDS);
    const [one, two] = [echo.listener(), echo.listener()];
    await Promise.all([one.fetch('http://x/1', {}), two.fetch('http://x/2', {})]);
    expect((await one.last()).body).toBe('http://x/1');
    expect((await two.last()).body).toBe('http://x/2');
    expect(echo.exchanges()).toHaveLength(2);
  });
});
