/** A gateway with five faults, as a maintainer sees it on a terminal: five causes, not one block for each finding. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { deploymentOf } from '../dial/target.ts';
import { startEmbedded } from '../lab/embedded.ts';
import { conformance } from './conformance.ts';

const embedded = await startEmbedded();
const { baseUrl, credential } = deploymentOf(embedded.target, 'token')!;
const secret = credential!;
const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await embedded.close();
});

/** Names that a client of `fetch` may not pass on. */
const OWN = /^(?:host|connection|content-length|transfer-encoding|expect|keep-alive|upgrade)$/i;

/** The faithful answer, with the five faults. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
  const headers = new Headers();
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    if (!OWN.test(name)) for (const value of values!) headers.append(name, value);
  }
  // 1: opens to what holds the secret in any way.
  if (headers.get('authorization')?.toLowerCase().includes(secret.toLowerCase())) {
    headers.set('authorization', `Bearer ${secret}`);
  }
  const left = new AbortController();
  response.on('close', () => left.abort());
  // A request target may be in absolute form.
  const { pathname, search } = new URL(request.url!, baseUrl);
  const faithful = await fetch(`${baseUrl}${pathname}${search}`, {
    method: request.method!,
    headers,
    ...(body.length > 0 && { body }),
    signal: left.signal,
  });
  const { 'content-length': _, 'transfer-encoding': __, ...told } = Object.fromEntries(faithful.headers);
  response.writeHead(wrongStatus(faithful.status, body.toString()), told);
  if (!told['content-type']?.includes('event-stream')) return void response.end(await faithful.text());
  let rest = '';
  for await (const text of faithful.body!.pipeThrough(new TextDecoderStream())) {
    const events = (rest + text).split('\n\n');
    rest = events.pop()!;
    for (const event of events) {
      // 5: forgets the sentinel. 4: a new id for each chunk.
      if (!event.includes('[DONE]')) response.write(`${event.replace(/(?<="id":")chatcmpl_[^"]+/, newId)}\n\n`);
    }
  }
  response.end(rest);
}

const newId = (): string => `chatcmpl_${crypto.randomUUID()}`;

/** 2: 403 for 401. 3: 500 for a body that is not JSON. */
function wrongStatus(status: number, body: string): number {
  if (status === 401) return 403;
  if (status !== 400) return status;
  try {
    JSON.parse(body);
    return status;
  } catch {
    return 500;
  }
}

test('five faults of a gateway are five causes on at most 60 lines, each said once', { timeout: 60_000 }, async () => {
  let out = '';
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const code = await conformance(['--base-url', url, '--profile', 'core', '--seed', '1'], {
    env: { OPENCLAW_GATEWAY_TOKEN: secret },
    write: (text) => (out += text),
    writeError: (text) => (out += text),
    live: false,
  });
  expect(code).toBe(1);
  const lines = out.trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(60);
  const causes = lines.filter((line) => /^[✗!?↺] /.test(line));
  expect(causes.toSorted()).toEqual([
    expect.stringMatching(/^✗ fail {3}13 cases got 403 instead of 401: authentication\.\{missing,wrong,.*models\.auth/),
    expect.stringMatching(/^✗ fail {3}5 cases got 200 instead of 401: authentication\.near-miss\.\{[\w,-]+\}$/),
    expect.stringMatching(/^✗ fail {3}8 cases got 500 instead of 400: requests\.malformed\.\{[\w,-]+\}$/),
    expect.stringMatching(/^✗ fail {3}streaming\.done: expected the stream to end with \[DONE\], got /),
    expect.stringMatching(/^✗ fail {3}streaming\.one-id: expected one id for all chunks, got /),
  ]);
  expect(out.match(/← 403 /g)).toHaveLength(1);
  expect(out.match(/← 500 /g)).toHaveLength(1);
  expect(lines.at(-1)).toMatch(
    /^Not conformant with 2026\.9\.6: authentication\.\{missing,wrong,.+, streaming\.one-id$/,
  );
  const [, judged] = /\n(\d+) of \d+ cases, /.exec(out)!;
  const [pass, fail, warn, note] = /\nall +(\d+) +(\d+) +(\d+) +(\d+)/.exec(out)!.slice(1).map(Number);
  expect(pass! + fail! + warn! + note!).toBe(Number(judged));
});
