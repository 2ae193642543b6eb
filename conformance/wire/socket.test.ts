import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { BOUNDS } from './bounds.ts';
import { rawDoor, rawResponse } from './socket.ts';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

async function listening(answer: (socket: Socket) => void): Promise<URL> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

function door(patience = 2000): ReturnType<typeof rawDoor> {
  const opened = rawDoor({ ...BOUNDS, patience });
  closing.push(() => opened.close());
  return opened;
}

describe('rawDoor', () => {
  it('sends bytes as they are and returns as soon as enough came', async () => {
    const url = await listening((socket) => socket.on('data', (bytes) => socket.write(bytes)));
    const reply = await door().send(url, 'caf\xe9', (bytes) => bytes.length === 4);
    expect(reply).toMatchObject({ bytes: 'caf\xe9', end: 'open' });
  });

  it('tells closed, reset and silent apart', async () => {
    const never = (): boolean => false;
    const closed = await listening((socket) => socket.end('bye'));
    expect(await door().send(closed, 'x', never)).toMatchObject({ bytes: 'bye', end: 'closed' });
    const reset = await listening((socket) => socket.on('data', () => socket.resetAndDestroy()));
    expect(await door().send(reset, 'x', never)).toMatchObject({ end: 'reset' });
    const silent = await listening(() => {});
    expect(await door(20).send(silent, 'x', never)).toMatchObject({ end: 'silent' });
  });

  it('leaves who sends without end', async () => {
    const url = await listening((socket) => {
      const write = (): void => {
        while (!socket.destroyed && socket.write('x'.repeat(65_536)));
      };
      socket.on('drain', write).on('error', () => {});
      write();
    });
    await expect(door().send(url, 'x', () => false)).rejects.toThrow(`more than ${BOUNDS.maxBytes} bytes`);
  });

  it('rejects where nothing listens', async () => {
    await expect(door().send(new URL('http://127.0.0.1:1'), 'x', () => true)).rejects.toThrow('ECONNREFUSED');
  });
});

describe('rawResponse', () => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n';

  it('waits for the whole body by its length', () => {
    expect(rawResponse(`${head}Content-Length: 4\r\n\r\nabc`)).toBeUndefined();
    expect(rawResponse(`${head}Content-Length: 4\r\n\r\nabcd`)).toMatchObject({ status: 200, body: 'abcd' });
  });

  it('joins a chunked body', () => {
    expect(rawResponse(`${head}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde`)).toBeUndefined();
    expect(rawResponse(`${head}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`)?.body).toBe(
      'abcde',
    );
  });

  it('is undefined for what is no HTTP', () => {
    expect(rawResponse('SSH-2.0-OpenSSH\r\n\r\n')).toBeUndefined();
  });
});
