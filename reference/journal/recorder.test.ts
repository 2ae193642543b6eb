import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { deployed } from '../testing/deployed.ts';
import { Journal } from './journal.ts';

test('a hundred requests in one go on one connection are kept, and do not make their listeners many', async () => {
  const journal = new Journal();
  const answer = deployed({ journal }).callback();
  let most = 0;
  const server = createServer((request, response) => {
    answer(request, response);
    most = Math.max(most, request.socket.listenerCount('close'));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').resume();
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(100));
  await journal.waitForRequest({ number: 100, ended: true }, { timeoutMs: 20_000 });
  socket.destroy();
  server.close();
  expect(journal.entries({ status: 404, ended: true, abortedBy: null, connection: 1 })).toHaveLength(100);
  // Beyond ten of them Node warns of a leak.
  expect(most).toBeLessThanOrEqual(10);
});
