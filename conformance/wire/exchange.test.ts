import { describe, expect, it } from 'vitest';
import { recorder } from './exchange.ts';

const encoder = new TextEncoder();

function streaming(write: (controller: ReadableStreamDefaultController<Uint8Array>) => void): () => Promise<Response> {
  return async () => new Response(new ReadableStream({ start: write }), { status: 200 });
}

describe('recorder', () => {
  it('keeps request, status and body, and hands the same bytes on', async () => {
    const ear = recorder(async () => new Response('héllo', { status: 418 }), 1000).ear();
    const response = await ear.fetch('http://x/y', { method: 'POST', body: '{}', headers: { a: 'b' } });
    expect(await response.text()).toBe('héllo');
    const exchange = await ear.last();
    expect(exchange).toMatchObject({ status: 418, body: 'héllo', end: 'complete' });
    expect(exchange.request).toMatchObject({ method: 'POST', url: 'http://x/y', body: '{}' });
    expect(exchange.request.headers).toContainEqual(['a', 'b']);
  });

  it('reads to the end although nobody reads the copy', async () => {
    const ear = recorder(async () => new Response('unread'), 1000).ear();
    await ear.fetch('http://x/', {});
    expect((await ear.last()).body).toBe('unread');
  });

  it('tells a connection that broke from one that ended', async () => {
    const broken = streaming((controller) => {
      controller.enqueue(encoder.encode('half'));
      queueMicrotask(() => controller.error(new Error('reset')));
    });
    const ear = recorder(broken, 1000).ear();
    const response = await ear.fetch('http://x/', {});
    await expect(response.text()).rejects.toThrow('reset');
    expect(await ear.last()).toMatchObject({ end: 'cut' });
  });

  it('leaves when patience runs out, even from a gateway that does not heed it', async () => {
    const endless = streaming((controller) => controller.enqueue(encoder.encode('on and on')));
    const ear = recorder(endless, 20).ear();
    const response = await ear.fetch('http://x/', {});
    await expect(response.text()).rejects.toThrow('no end of the reply within 20 ms');
    expect(await ear.last()).toMatchObject({ end: 'open', body: 'on and on' });
  });

  it('says that we left when the caller aborts', async () => {
    const endless = streaming((controller) => controller.enqueue(encoder.encode('on')));
    const ear = recorder(endless, 1000).ear();
    const leaving = new AbortController();
    await ear.fetch('http://x/', { signal: leaving.signal });
    leaving.abort();
    expect(await ear.last()).toMatchObject({ end: 'left' });
  });

  it('rejects when there was no reply at all', async () => {
    const ear = recorder(() => Promise.reject(new TypeError('fetch failed')), 1000).ear();
    await expect(ear.fetch('http://x/', {})).rejects.toThrow('fetch failed');
    await expect(ear.last()).rejects.toThrow('fetch failed');
  });

  it('keeps the exchanges of callers that work side by side apart', async () => {
    const echo = recorder(async (url) => new Response(url), 1000);
    const [one, two] = [echo.ear(), echo.ear()];
    await Promise.all([one.fetch('http://x/1', {}), two.fetch('http://x/2', {})]);
    expect((await one.last()).body).toBe('http://x/1');
    expect((await two.last()).body).toBe('http://x/2');
    expect(echo.exchanges()).toHaveLength(2);
  });
});
