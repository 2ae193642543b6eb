import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { BOUNDS } from './bounds.ts';
import { rawConnections } from './socket.ts';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

async function listening(answer: (socket: Socket) => void): Promise<URL> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

function connections(patience = 2000): ReturnType<typeof rawConnections> {
  const opened = rawConnections({ ...BOUNDS, patience });
  closing.push(() => opened.close());
  return opened;
}

describe('rawConnections', () => {
  test('bytes are sent unchanged, and the reply is returned as soon as it is complete', async () => {
    const url = await listening((socket) => socket.on('data', (bytes) => socket.write(bytes)));
    const reply = await connections().send(url, 'caf\xe9', (bytes) => bytes.length === 4);
    expect(reply).toMatchObject({ bytes: 'caf\xe9', end: 'open' });
  });

  test('closed, reset and silent are told apart', async () => {
    const never = (): boolean => false;
    const closed = await listening((socket) => socket.end('bye'));
    expect(await connections().send(closed, 'x', never)).toMatchObject({ bytes: 'bye', end: 'closed' });
    const reset = await listening((socket) => socket.on('data', () => socket.resetAndDestroy()));
    expect(await connections().send(reset, 'x', never)).toMatchObject({ end: 'reset' });
    const silent = await listening(() => {});
    expect(await connections(20).send(silent, 'x', never)).toMatchObject({ end: 'silent' });
  });

  const EXPECTING = 'POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n';
  const isFinal = (bytes: string): boolean => bytes.includes(' 200 ');

  test('the body of a request that expects 100 is held back until 100 comes', async () => {
    const came: string[] = [];
    const url = await listening((socket) =>
      socket.on('data', (bytes) => {
        came.push(bytes.toString());
        socket.write(
          came.length === 1 ? 'HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n' : 'HTTP/1.1 200 OK\r\n',
        );
      }),
    );
    const reply = await connections().send(url, `${EXPECTING}body`, isFinal);
    expect(came).toEqual([EXPECTING, 'body']);
    expect(reply).not.toHaveProperty('unanswered');
  });

  test('a body is not sent behind a final response, and is sent when nothing comes', async () => {
    const refusing = await listening((socket) => socket.on('data', () => socket.write('HTTP/1.1 401 No\r\n\r\n')));
    const refused = await connections().send(refusing, `${EXPECTING}body`, (bytes) => bytes.includes(' 401 '));
    expect(refused).not.toHaveProperty('unanswered');
    const deaf = await listening((socket) =>
      socket.on('data', (bytes) => bytes.toString() === 'body' && socket.write('HTTP/1.1 200 OK\r\n\r\n')),
    );
    expect(await connections(100).send(deaf, `${EXPECTING}body`, isFinal)).toMatchObject({ unanswered: true });
  });

  test('a peer that sends without end is abandoned', async () => {
    const url = await listening((socket) => {
      const write = (): void => {
        while (!socket.destroyed && socket.write('x'.repeat(65_536)));
      };
      socket.on('drain', write).on('error', () => {});
      write();
    });
    await expect(connections().send(url, 'x', () => false)).rejects.toThrow(`more than ${BOUNDS.maxBytes} bytes`);
  });

  test('a port on which nothing listens rejects', async () => {
    await expect(connections().send(new URL('http://127.0.0.1:1'), 'x', () => true)).rejects.toThrow('ECONNREFUSED');
  });
});
