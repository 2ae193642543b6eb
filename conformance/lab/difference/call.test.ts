import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { bytesOf, curlOf, lengthOf, type Call } from './call.ts';

const call: Call = {
  method: 'POST',
  path: '/x/../y?a=1',
  headers: [
    ['Host', '{host}'],
    ['X-Twice', 'one'],
    ['X-Twice', "it's two"],
    ['X-Empty', ''],
  ],
  body: ['{"Ã©":1', [' ', 3], '}'],
};

test('a call is written byte by byte', () => {
  expect(bytesOf({ ...call, version: '1.0' }, 'a:1')).toBe(
    `POST /x/../y?a=1 HTTP/1.0\r\nHost: a:1\r\nX-Twice: one\r\nX-Twice: it's two\r\nX-Empty: \r\n\r\n{"Ã©":1   }`,
  );
  expect(lengthOf(call.body!)).toBe(11);
});

test('each piece of a chunked body is a chunk', () => {
  expect(bytesOf({ ...call, chunked: true }, 'a:1')).toMatch(
    /\r\n\r\n7\r\n\{"Ã©":1\r\n3\r\n {3}\r\n1\r\n\}\r\n0\r\n\r\n$/,
  );
});

test('the curl command sends the same request', async () => {
  const server = createServer();
  let received = '';
  server.on('connection', (socket) =>
    socket.setEncoding('latin1').on('data', (text) => {
      received += String(text);
      if (received.endsWith('}')) socket.end('HTTP/1.1 204 No Content\r\n\r\n');
    }),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { stdout } = await promisify(execFile)('sh', ['-c', curlOf(call, host)]);
  server.close();
  expect(stdout).toMatch(/^HTTP\/1\.1 204/);
  expect(received).toMatch(/^POST \/x\/\.\.\/y\?a=1 HTTP\/1\.1\r\n/);
  for (const line of [`Host: ${host}`, 'X-Twice: one', "X-Twice: it's two", 'X-Empty:', '{"Ã©":1   }']) {
    expect(received).toMatch(new RegExp(`\r\n${line.replaceAll(/[{}]/g, '\\$&')}(?:\r\n|$)`));
  }
});
