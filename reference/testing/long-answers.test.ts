/** What a long answer costs, and whether others wait for it: by the processor's time, which is the same under load. */

import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Journal } from '../journal/journal.ts';
import { openSessions } from '../sessions/open.ts';
import { STEP } from '../steps.ts';
import { deployed, HEADERS, PATH, saying, scripted } from './deployed.ts';

const folder = mkdtempSync(join(tmpdir(), 'openclaw-kit-long-'));
const sessions = await openSessions(join(folder, 'sessions.db'));
const gateways = {
  'kept in no journal': deployed({ backend: scripted }),
  'kept in a journal': deployed({ backend: scripted, journal: new Journal() }),
  'its session in a file': deployed({ backend: scripted, sessions }),
  'as released': deployed({ backend: scripted, asReleased: true }),
};
const listening = Object.entries(gateways).map(async ([how, gateway]) => [how, await gateway.listen()] as const);
const urls = Object.fromEntries(await Promise.all(listening));
afterAll(async () => {
  await Promise.all(Object.values(gateways).map((gateway) => gateway.close(0)));
  sessions.close();
  rmSync(folder, { recursive: true });
});

const MB = 1024 * 1024;

/** Milliseconds of this thread's time on the processor. */
const spent = (since?: NodeJS.CpuUsage): number => {
  const { user, system } = process.threadCpuUsage(since);
  return (user + system) / 1_000;
};

interface Cost {
  /** In bytes. */
  readonly length: number;
  /** In milliseconds of the processor's time: of all, and the longest that a timer had to wait for. */
  readonly all: number;
  readonly block: number;
  /** How often the event loop went round. */
  readonly rounds: number;
}

/** Sends a prepared call, throws its answer away, and looks at the event loop meanwhile. */
async function costOf(url: string, body: Buffer): Promise<Cost> {
  let rounds = 0;
  let block = 0;
  let last = spent();
  const look = (): void => {
    const now = spent();
    block = Math.max(block, now - last);
    last = now;
  };
  let over = false;
  const round = (): void => {
    rounds += 1;
    if (!over) setImmediate(round);
  };
  const timer = setInterval(look, 1);
  setImmediate(round);
  const start = process.threadCpuUsage();
  const length = await new Promise<number>((resolve, reject) => {
    const headers = { ...HEADERS, 'Content-Length': body.length };
    const call = request(url + PATH, { method: 'POST', headers }, (response) => {
      let bytes = 0;
      response.on('data', (piece: Buffer) => (bytes += piece.length));
      response.on('error', reject).on('end', () => resolve(bytes));
    });
    call.on('error', reject).end(body);
  });
  look();
  over = true;
  clearInterval(timer);
  return { length, all: spent(start), block, rounds };
}

function callFor(words: string, length: number, stream: boolean): Buffer {
  const text = words.repeat(length / words.length);
  return Buffer.from(saying(`play:echo <<<${text}>>>`, { model: 'openclaw/main', stream, user: stream ? 'u' : 'v' }));
}

const SHAPES = { words: 'word ', 'one word': '"\\', tags: '<b' };

for (const [shape, words] of Object.entries(SHAPES)) {
  for (const stream of [false, true]) {
    for (const [how, url] of Object.entries(urls)) {
      // A file and a release make no difference between the shapes.
      if (shape !== 'words' && !how.startsWith('kept')) continue;
      test(`an answer of ${shape}, ${stream ? 'streamed' : 'whole'}, ${how}, costs what its length costs and blocks no other request`, async () => {
        const [short, long] = [MB, 4 * MB].map((length) => callFor(words, length, stream));
        // The first is of the compiler.
        await costOf(url, short!);
        const costs = { short: await costOf(url, short!), long: await costOf(url, long!) };
        expect(costs.long.length).toBeGreaterThan(4 * MB);
        // Four times as long: the square would be sixteen.
        expect(costs.long.all / costs.short.all).toBeLessThan(8);
        // A share is the same on every machine; the bar in milliseconds is that of `npm run soak`.
        expect(costs.long.block / costs.long.all).toBeLessThan(1 / 5);
        expect(costs.long.rounds).toBeGreaterThan((4 * MB) / STEP);
      });
    }
  }
}
