import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { cases } from '../chapters/index.ts';
import { preflight } from '../commands/preflight.ts';
import { judge } from '../judging/judge.ts';
import { targetAt } from './target.ts';

const SECRET = 'kit-Token-5f8e21c7d09b4a36';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => (server.closeAllConnections(), server.close()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A second origin, and the requests that reached it. */
async function elsewhere(): Promise<{ url: string; arrived: string[] }> {
  const arrived: string[] = [];
  const url = await serving((request, response) => {
    arrived.push(`${request.method} ${request.url}`);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  return { url, arrived };
}

test.each([301, 302, 303, 307, 308])(
  'a %d to another origin is judged as a response, and no request reaches that origin',
  { timeout: 60_000 },
  async (status) => {
    const { url: location, arrived } = await elsewhere();
    const url = await serving((request, response) => {
      request.resume().on('end', () => response.writeHead(status, { location: location + request.url }).end());
    });
    const target = targetAt(url, { token: SECRET, profile: 'core', patience: 5_000 });
    const judged = await Array.fromAsync(judge(cases, target));
    expect(arrived).toEqual([]);
    const statuses = judged.flatMap(({ transcript }) => transcript.map((exchange) => exchange.status));
    expect(new Set(statuses)).toEqual(new Set([status]));
    expect(judged.find(({ id }) => id === 'endpoint.enabled')).toMatchObject({
      verdict: 'fail',
      ending: { kind: 'violated', got: `${status}` },
    });
    expect(judged.find(({ id }) => id === 'streaming.done')?.verdict).toBe('fail');
  },
);

test('a gateway that redirects the first request is named in one line, by the origin that it points to', async () => {
  const { url: location, arrived } = await elsewhere();
  const url = await serving((_, response) => response.writeHead(302, { location: `${location}/somewhere?q=1` }).end());
  expect(await preflight(targetAt(url, { token: SECRET }))).toBe(
    `Failed to judge ${url}: expected an answer, got a redirect (302) to ${location}. ` +
      'Redirects are not followed: name the address of the gateway itself as --base-url.',
  );
  expect(arrived).toEqual([]);
});
