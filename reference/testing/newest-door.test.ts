/** What the newest release lets in, by the smallest request of each kind. */

import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { good, inFrontOf, M, startAsked } from './asked.ts';
import { HEADERS, PATH, TOKEN } from './deployed.ts';

const provider = await startAsked();
const { gatewayAs, ask } = inFrontOf(provider);
afterAll(() => provider.close());
beforeEach(() => {
  provider.asked.length = 0;
  provider.answer = good;
});

describe('the proxies of the newest release', () => {
  test.each(['X-Forwarded-Host', 'X-Forwarded-Port', 'Tailscale-User-Login'])('%s alone is a proxy', async (name) => {
    const { status, text } = await ask(gatewayAs(), {}, { [name]: '1' });
    expect([status, JSON.parse(text).error.type]).toEqual([403, 'proxy_attribution_required']);
    expect((await ask(gatewayAs('2026.7.1'), {}, { [name]: '1' })).status).toBe(200);
  });

  test.each([
    [
      { stream_options: { include_usage: null } },
      'stream_options.include_usage: Invalid input: expected boolean, received null',
    ],
    [{ stop: [null] }, 'stop: Invalid input'],
    [{ max_tokens: 1e300 }, 'max_tokens: Too big: expected int to be <=9007199254740991'],
    [{ max_completion_tokens: 2 ** 53 }, 'max_completion_tokens: Too big: expected int to be <=9007199254740991'],
  ])('%j is refused', async (body, message) => {
    const { status, text } = await ask(gatewayAs(), body);
    expect([status, JSON.parse(text).error.message]).toEqual([400, message]);
    expect((await ask(gatewayAs('2026.5.28'), body)).status).toBe(200);
  });

  test.each(['\u00A0', '\uFEFF', ' \n\u00A0'])('%j before the JSON is a blank', async (blank) => {
    const gateway = gatewayAs();
    const url = await gateway.listen();
    try {
      const body = `${blank}${JSON.stringify({ model: 'openclaw/main', ...M })}`;
      expect((await fetch(url + PATH, { method: 'POST', headers: HEADERS, body })).status).toBe(200);
      const empty = await fetch(url + PATH, { method: 'POST', headers: HEADERS, body: blank });
      expect(await empty.text()).toContain('Missing user message');
    } finally {
      await gateway.close(0);
    }
  });

  test.each([
    [false, ''],
    [true, 'Connection: close'],
  ])('as released %j a body that is too large ends the connection: %j', async (asReleased, header) => {
    const gateway = gatewayAs('2026.9.6', asReleased);
    const { port } = new URL(await gateway.listen());
    const socket = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true });
    try {
      const head = `POST ${PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 99999999\r\n\r\n{"a":1`;
      socket.write(head);
      const [bytes] = (await once(socket, 'data')) as [Buffer];
      expect(bytes.toString()).toMatch(/^HTTP\/1\.1 413 /);
      expect(bytes.toString()).toContain(header);
      if (asReleased) await once(socket, 'end');
      else expect(bytes.toString()).not.toContain('Connection: close');
    } finally {
      socket.destroy();
      await gateway.close(0);
    }
  });
});
