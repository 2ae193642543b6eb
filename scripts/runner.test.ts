/** `fixtures/runner.py`, the runner of the tables in Python, against the reference and against a gateway that is wrong. */
import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { deploymentOf } from '../conformance/dial/target.ts';
import { startEmbedded } from '../conformance/lab/embedded.ts';

const RUNNER = fileURLToPath(new URL('../fixtures/runner.py', import.meta.url));
const without = missing();
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Why it cannot be run; undefined when it can. */
function missing(): string | undefined {
  try {
    execFileSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 8))']);
    return undefined;
  } catch {
    return 'no python3 from 3.8 on is on the PATH';
  }
}

const run = (argv: readonly string[], token?: string): Promise<{ code: number; out: string; error: string }> =>
  new Promise((resolve) => {
    const env = { PATH: process.env.PATH, ...(token !== undefined && { OPENCLAW_GATEWAY_TOKEN: token }) };
    const child = execFile('python3', [RUNNER, ...argv], { env }, (_, out, error) =>
      resolve({ code: child.exitCode ?? -1, out, error }),
    );
  });

async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => (server.closeAllConnections(), server.close()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('every row holds for the reference', async ({ skip }) => {
  if (without !== undefined) return skip(without);
  const embedded = await startEmbedded();
  closing.push(() => embedded.close());
  const { baseUrl, credential } = deploymentOf(embedded.target, 'token')!;
  const { code, out } = await run([baseUrl, 'beta'], credential);
  expect(code, out).toBe(0);
  const [, held, all] = /^(\d+) of (\d+) rows hold\n$/.exec(out)!.map(Number);
  expect(held).toBe(all);
  expect(all).toBeGreaterThan(55);
});

test('a gateway that admits every client, accepts everything and knows every word is told so, row by row', async ({
  skip,
}) => {
  if (without !== undefined) return skip(without);
  let last = 'OK';
  const url = await serving((request, answer) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece: string) => (body += piece));
    request.on('end', () => {
      last = /KW-\w+/.exec(body)?.[0] ?? last;
      answer.end(JSON.stringify({ choices: [{ message: { content: last }, delta: { content: last } }] }));
    });
  });
  const { code, out } = await run([url], 'a-Secret');
  expect(code).toBe(1);
  expect(out).toContain('authentication.near-miss.prefix: expected 401, got 200\n');
  expect(out).toContain('requests.malformed.cut: expected 400 and an error object, got 200 ');
  expect(out).toMatch(/^sessions\.stateless: expected KW-\w+ to be unknown, got KW-/m);
  expect(out).not.toMatch(/^(?:sessions\.user|authentication\.scheme-case\.lower): /m);
});

test('wrong usage and an address where nothing listens are told in one line', async ({ skip }) => {
  if (without !== undefined) return skip(without);
  expect(await run(['http://127.0.0.1:1'])).toMatchObject({
    code: 2,
    error: expect.stringMatching(/^Failed to .*\n$/),
  });
  expect(await run(['http://127.0.0.1:1'], 'x')).toMatchObject({
    code: 3,
    error: expect.stringMatching(/^Failed to judge .*\n$/),
  });
});
