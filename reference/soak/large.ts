/** Answers of many megabytes: their cost is linear in their length, and they do not block the event loop. */

import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { broken, type Part } from './part.ts';
import { startServer, TOKEN, type Server } from './server.ts';

/** Many deltas; one long delta of characters that JSON escapes; text that is held back because it may be a tag. */
const SHAPES = { words: 'word ', 'one word': '"\\', tags: '<b ' };

/** Lengths in characters. Linear cost is 4 times as much for 4 times the length; quadratic cost would be 16 times. */
const SHORT = 1_000_000;
const LONG = 4_000_000;
const LONGEST = 19_000_000;
const RATIO = 8;
const BLOCK_MS = 50;

/** The part: answers of 4 MB, in full 19 MB, with and without a journal, with sessions in a file, as released. */
export const large: Part = {
  name: 'large answers',
  async run(full) {
    const folder = mkdtempSync(join(tmpdir(), 'openclaw-kit-large-'));
    const long = full ? LONGEST : LONG;
    const expected = long / SHORT;
    let block = 0;
    let ratio = 0;
    let wrong = 0;
    // A file and a release make no difference between the shapes.
    const modes = [
      { flags: [], shapes: Object.values(SHAPES) },
      { flags: ['--journal', join(folder, 'journal')], shapes: Object.values(SHAPES) },
      { flags: ['--state', join(folder, 'state')], shapes: [SHAPES.words] },
      { flags: ['--as-released'], shapes: [SHAPES.words] },
    ];
    for (const { flags, shapes } of modes) {
      const server = await startServer(flags);
      for (const words of shapes) {
        for (const stream of [false, true]) {
          // The first answer is not measured: its code is not compiled yet.
          await costOf(server, words, SHORT, stream);
          const short = await costOf(server, words, SHORT, stream);
          const whole = await costOf(server, words, long, stream);
          if (short.bytes < SHORT || whole.bytes < long) wrong += 1;
          ratio = Math.max(ratio, whole.all / short.all / expected);
          block = Math.max(block, whole.block);
        }
      }
      await server.kill('SIGTERM');
    }
    rmSync(folder, { recursive: true, force: true });
    return {
      figure:
        `of ${long / 1e6} MB, in every mode: the event loop blocked for at most ${block.toFixed(0)} ms; ` +
        `a byte costs at most ${ratio.toFixed(2)} times one of an answer of ${SHORT / 1e6} MB; ${wrong} wrong`,
      broken: broken({
        'every answer is complete': wrong === 0,
        [`the event loop is blocked for less than ${BLOCK_MS} ms`]: block < BLOCK_MS,
        'the cost grows with the length': ratio < RATIO / (LONG / SHORT),
      }),
    };
  },
};

async function costOf(
  server: Server,
  words: string,
  length: number,
  stream: boolean,
): Promise<{ bytes: number; all: number; block: number }> {
  const content = `play:echo <<<${words.repeat(length / words.length)}>>>`;
  const body = JSON.stringify({ model: 'openclaw/main', user: 'soak', stream, messages: [{ role: 'user', content }] });
  const before = await server.work();
  const bytes = await lengthOf(server, body);
  const after = await server.work();
  return { bytes, all: after.all - before.all, block: after.block };
}

/** The length of an answer in bytes. It is not kept: 20 MB of text are 800 MB of frames. */
function lengthOf({ url }: Server, body: string): Promise<number> {
  const headers = { Authorization: `Bearer ${TOKEN}`, 'Content-Length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const call = request(`${url}/v1/chat/completions`, { method: 'POST', headers }, (response) => {
      let bytes = 0;
      response.on('data', (piece: Buffer) => (bytes += piece.length));
      response.on('error', reject).on('end', () => resolve(bytes));
    });
    call.on('error', reject).end(body);
  });
}
