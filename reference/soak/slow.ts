/** A client that reads slowly, and clients that write slowly. */

import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { ask } from './call.ts';
import { broken, megabytes, type Part } from './part.ts';
import { startServer, TOKEN, type Server } from './server.ts';

const STEP_MS = 100;

/** The part: a response of 20 MB read at 64 kB/s, for 8 s, in full to its end. */
export const slowReader: Part = {
  name: 'slow reader',
  async run(full) {
    const server = await startServer();
    const text = `play:echo <<<${'a '.repeat(110_000)}>>>`;
    const body = JSON.stringify({ model: 'openclaw', stream: true, messages: [{ role: 'user', content: text }] });
    // Once at full speed first: the memory that this takes is not due to the slow client.
    const { length } = await ask(server, { text, stream: true });
    const before = server.rss();
    let highest = before;
    let read = 0;
    let tail = '';
    const socket = opened(server);
    socket.write(`${head(body.length)}${body}`);
    const until = performance.now() + (full ? Infinity : 8_000);
    while (!socket.closed && performance.now() < until) {
      const piece = socket.read(Math.min(socket.readableLength, (64_000 * STEP_MS) / 1_000)) as Buffer | null;
      read += piece?.length ?? 0;
      tail = `${tail}${piece?.toString('latin1') ?? ''}`.slice(-40);
      highest = Math.max(highest, server.rss());
      if (tail.endsWith('data: [DONE]\n\n\r\n0\r\n\r\n')) break;
      await wait(STEP_MS);
    }
    socket.destroy();
    await server.kill('SIGTERM');
    return {
      figure:
        `64 kB/s, ${megabytes(read)} of a reply of ${megabytes(length)}: ` +
        `RSS ${megabytes(before)} before, at most ${megabytes(highest - before)} more`,
      broken: broken({
        'the reply has 20 MB': length > 20e6,
        'RSS grows by less than 10 MB': highest - before < 10e6,
        'it is read at that speed': read > (full ? length : 300_000),
      }),
    };
  },
};

const SLOW = 200;

/** The part: 200 clients that send a byte per second of a header, in full as many of a body too. */
export const slowSpeakers: Part = {
  name: 'slow speakers',
  async run(full) {
    const server = await startServer();
    await ask(server, { text: 'hi' });
    const before = { rss: server.rss(), descriptors: server.descriptors() };
    const started = performance.now();
    const kinds = full ? ['POST / HTTP/1.1\r\nX-Slow: ', head(100_000)] : ['POST / HTTP/1.1\r\nX-Slow: '];
    const all = kinds.flatMap((start) => Array.from({ length: SLOW }, () => cutAfter(server, start, started)));
    let slowest = 0;
    let over = false;
    const cuts = Promise.all(all).finally(() => (over = true));
    while (!over) {
      const asked = performance.now();
      await ask(server, { text: 'hi' });
      slowest = Math.max(slowest, performance.now() - asked);
      await Promise.race([cuts, wait(STEP_MS)]);
    }
    const times = await cuts;
    const after = { rss: server.rss(), descriptors: server.descriptors() };
    await server.kill('SIGTERM');
    const seconds = times.map((ms) => ms / 1_000).toSorted((a, b) => a - b);
    const bodies = full ? `, bodies by ${seconds.at(-1)!.toFixed(1)} s` : '';
    return {
      figure:
        `${SLOW} of each: headers cut by ${seconds[SLOW - 1]!.toFixed(1)} s${bodies}; another client waited ` +
        `at most ${Math.round(slowest)} ms; ${megabytes(after.rss - before.rss)} more RSS`,
      broken: broken({
        'headers are cut after 10 s': seconds[0]! > 9 && seconds[SLOW - 1]! < 20,
        'bodies are cut after 60 s': seconds.at(-1)! < 75,
        'other clients are answered within 5 s': slowest < 5_000,
        'no connection stays': after.descriptors <= before.descriptors + 5,
      }),
    };
  },
};

const head = (length: number): string =>
  `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: ${length}\r\n\r\n`;

function opened({ url }: Server): Socket {
  const { port, hostname } = new URL(url);
  return connect(Number(port), hostname).on('error', () => undefined);
}

/** Sends `start`, then a byte per second. Resolves to the time from `started` until the server closed it, in ms. */
async function cutAfter(server: Server, start: string, started: number): Promise<number> {
  const socket = opened(server).resume();
  socket.write(start);
  const writing = setInterval(() => socket.write('a'), 1_000);
  await new Promise((resolve) => socket.on('close', resolve));
  clearInterval(writing);
  return performance.now() - started;
}
