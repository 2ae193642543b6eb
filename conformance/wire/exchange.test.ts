import { describe, expect, it } from 'vitest';
import { BOUNDS } from './bounds.ts';
import { recorder } from './exchange.ts';

const encoder = new TextEncoder();

function streaming(write: (controller: ReadableStreamDefaultController<Uint8Array>) => void): () => Promise<Response> {
  return async () => new Response(new ReadableStream({ start: write }), { status: 200 });
}

describe('recorder', () => {
  it('keeps request, status and body, and hands the same bytes on', async () => {
    const ear = recorder(async () => new Response('héllo', { status: 418 }), BOUNDS).ear();
    const response = await ear.fetch('http://x/y', { method: 'POST', body: '{}', headers: { a: 'b' } });
    expect(await response.text()).toBe('héllo');
    const exchange = await ear.last();
    expect(exchange).toMatchObject({ status: 418, body: 'héllo', end: 'complete' });
    expect(exchange.request).toMatchObject({ method: 'POST', url: 'http://x/y', body: '{}' });
    expect(exchange.request.headers).toContainEqual(['a', 'b']);
  });

  it('reads to the end although nobody reads the copy', async () => {
    const ear = recorder(async () => new Response('unread'), BOUNDS).ear();
    await ear.fetch('http://x/', {});
    expect((await ear.last()).body).toBe('unread');
  });

  it('tells a connection that broke from one that ended', async () => {
    const broken = streaming((controller) => {
      controller.enqueue(encoder.encode('half'));
      queueMicrotask(() => controller.error(new Error('reset')));
    });
    const ear = recorder(broken, BOUNDS).ear();
    const response = await ear.fetch('http://x/', {});
    await expect(response.text()).rejects.toThrow('reset');
    expect(await ear.last()).toMatchObject({ end: 'cut' });
  });

  it('leaves when patience runs out, even from a gateway that does not heed it', async () => {
    const endless = streaming((controller) => controller.enqueue(encoder.encode('on and on')));
    const ear = recorder(endless, { ...BOUNDS, patience: 20 }).ear();
    const response = await ear.fetch('http://x/', {});
    await expect(response.text()).rejects.toThrow('no end of the answer within 20 ms (--timeout)');
    expect(await ear.last()).toMatchObject({ end: 'open', body: 'on and on' });
  });

  it('leaves a reply of too many bytes, keeps its beginning, and names the bound to who asks for the whole', async () => {
    const ear = recorder(async () => new Response('x'.repeat(200_000)), { ...BOUNDS, maxBytes: 100_000 }).ear();
    const response = await ear.fetch('http://x/', {});
    const said = 'the gateway sent more than 100000 bytes';
    await expect(response.text()).rejects.toThrow(said);
    const exchange = await ear.last();
    expect(exchange).toMatchObject({ end: 'over', bound: expect.stringContaining('(--max-bytes)') as string });
    expect(() => exchange.body).toThrow(said);
  });

  it('takes exactly as many bytes and frames as it may', async () => {
    const body = 'data: x\r\n\r\n'.repeat(10);
    const bounds = { ...BOUNDS, maxBytes: body.length, maxFrames: 10 };
    const last = async (maxFrames: number): Promise<string> => {
      const ear = recorder(async () => new Response(body), { ...bounds, maxFrames }).ear();
      await ear.fetch('http://x/', {});
      return (await ear.last()).end;
    };
    expect([await last(10), await last(9)]).toEqual(['complete', 'over']);
  });

  it('ends all that is under way when it is told to leave', async () => {
    const leaving = new AbortController();
    const endless = streaming((controller) => controller.enqueue(encoder.encode('on')));
    const ear = recorder(endless, BOUNDS, leaving.signal).ear();
    await ear.fetch('http://x/', {});
    leaving.abort();
    expect(await ear.last()).toMatchObject({ end: 'left' });
  });

  it('says that we left when the caller aborts', async () => {
    const endless = streaming((controller) => controller.enqueue(encoder.encode('on')));
    const ear = recorder(endless, BOUNDS).ear();
    const leaving = new AbortController();
    await ear.fetch('http://x/', { signal: leaving.signal });
    leaving.abort();
    expect(await ear.last()).toMatchObject({ end: 'left' });
  });

  it('rejects when there was no reply at all', async () => {
    const ear = recorder(() => Promise.reject(new TypeError('fetch failed')), BOUNDS).ear();
    await expect(ear.fetch('http://x/', {})).rejects.toThrow('fetch failed');
    await expect(ear.last()).rejects.toThrow('fetch failed');
  });

  it('keeps the exchanges of callers that work side by side apart', async () => {
    const echo = recorder(async (url) => new Response(url), BOUNDS);
    const [one, two] = [echo.ear(), echo.ear()];
    await Promise.all([one.fetch('http://x/1', {}), two.fetch('http://x/2', {})]);
    expect((await one.last()).body).toBe('http://x/1');
    expect((await two.last()).body).toBe('http://x/2');
    expect(echo.exchanges()).toHaveLength(2);
  });
});
