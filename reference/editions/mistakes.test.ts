/** What a release does that no other test sees: each fault where it can be seen best, and not without being asked for. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gateway } from '../gateway.ts';
import { createGateway } from '../gateway.ts';
import { readOptions } from '../options.ts';
import { HEADERS, PATH, TOKEN, deployed, saying, scripted } from '../testing/deployed.ts';
import { CONTRACT } from './contract.ts';
import { behaviour } from './editions.ts';
import { MISTAKES } from './mistakes.ts';
import { NEWEST, OLDEST } from './trait.ts';

/** Releases come in order, and every change has a source. */
const histories = [
  ...Object.entries(CONTRACT),
  ...Object.entries(MISTAKES).map(([name, { seen }]) => [name, seen] as const),
];
const ordinal = (release: string): number =>
  Number(
    release
      .split('.')
      .map((part) => part.padStart(4, '0'))
      .join(''),
  );

test.each(histories)('the history of %s begins with the oldest release and goes on in order', (_name, rows) => {
  const releases = rows.map(([since]) => since);
  expect(releases[0]).toBe(OLDEST);
  expect(releases).toEqual(releases.toSorted((one, other) => ordinal(one) - ordinal(other)));
  expect(ordinal(releases.at(-1)!)).toBeLessThanOrEqual(ordinal(NEWEST));
  for (const [, , source] of rows) expect(source).not.toBe('');
});

test('without being asked for no fault is in force', () => {
  for (const [trait, { right }] of Object.entries(MISTAKES)) expect(behaviour(OLDEST)).toHaveProperty(trait, right);
});

describe.each([
  ['2026.2.1', '{"delta":{"role":"assistant"}}', 'said'],
  ['2026.5.28', '{"delta":{"role":"assistant"},"finish_reason":null}', 'told'],
])('as %s was released', (edition, role, failure) => {
  let gateway: Gateway;
  let url: string;
  beforeAll(async () => {
    gateway = deployed({ port: 0, edition, asReleased: true });
    url = await gateway.listen();
  });
  afterAll(() => gateway.close(0));
  const post = async (content: string, more: object = {}, headers = {}): Promise<Response> =>
    await fetch(url + PATH, { method: 'POST', headers: { ...HEADERS, ...headers }, body: saying(content, more) });
  const frames = async (content: string): Promise<string[]> =>
    (await (await post(content, { stream: true })).text())
      .split('\n\n')
      .map((frame) => frame.replace(/"(?:id|object|created|model)":[^,]*,|"index":0,/g, ''));

  test('the role chunk has its shape', async () => {
    expect((await frames('play:one-word'))[0]).toBe(`data: {"choices":[${role}]}`);
  });

  test('words for the agent alone are not shown', async () => {
    const reply = await post('play:echo <<<[[reply_to_current]] fine  >>>');
    expect(await reply.json()).toMatchObject({ choices: [{ message: { content: 'fine' } }] });
  });

  test('a failed run is told, or said', async () => {
    const reply = await post('play:fail-401');
    const body = await reply.text();
    expect(reply.status).toBe(failure === 'said' ? 200 : 401);
    expect(body).toContain('401 Incorrect API key provided');
  });
});

describe('the oldest', () => {
  test('a secret of the right length that is not ASCII breaks the comparison', async () => {
    await using gateway = await listening('2026.2.1');
    const authorization = `Bearer ${'é'.padEnd(TOKEN.length, 'x')}`;
    const reply = await fetch(gateway.url + PATH, { method: 'POST', headers: { authorization }, body: saying('hi') });
    expect([reply.status, reply.headers.get('content-type'), await reply.text()]).toEqual([
      500,
      'text/plain; charset=utf-8',
      'Internal Server Error',
    ]);
  });

  test('malformed JSON is told with the name of what was thrown', async () => {
    await using gateway = await listening('2026.2.1');
    const reply = await fetch(gateway.url + PATH, { method: 'POST', headers: HEADERS, body: '{' });
    expect(await reply.text()).toContain('"SyntaxError: ');
  });
});

describe('the newest', () => {
  test('a fleet refuses a call that names no agent', async () => {
    await using gateway = await listening(NEWEST);
    const reply = await fetch(gateway.url + PATH, { method: 'POST', headers: HEADERS, body: saying('hi') });
    expect([reply.status, await reply.text()]).toEqual([
      400,
      expect.stringContaining('Multiple agents are configured'),
    ]);
  });

  test('wrong secrets wait for their refusal, longer each time', async () => {
    await using gateway = await listening(NEWEST);
    const wrong = async (): Promise<number> => {
      const start = performance.now();
      const headers = { ...HEADERS, Authorization: 'Bearer wrong' };
      const reply = await fetch(gateway.url + PATH, { method: 'POST', headers, body: saying('hi') });
      expect(reply.status).toBe(401);
      return performance.now() - start;
    };
    expect(await wrong()).toBeGreaterThan(240);
    expect(await wrong()).toBeGreaterThan(490);
  });
});

describe('the newest and the functions of a call', () => {
  const tools = [{ type: 'function', function: { name: 'kit_weather', parameters: {} } }];
  const said = async (config: object): Promise<{ finish_reason: string; message: { content: string } }> => {
    const gateway = {
      auth: { mode: 'token', token: TOKEN },
      http: { endpoints: { chatCompletions: { enabled: true } } },
    };
    const options = readOptions({
      config: JSON.stringify({ gateway, ...config }),
      overrides: { port: 0, asReleased: true },
    });
    const started = createGateway({ ...options, backend: scripted });
    try {
      const body = saying('play:call-after-words', { tools });
      const reply = await fetch((await started.listen()) + PATH, { method: 'POST', headers: HEADERS, body });
      return ((await reply.json()) as { choices: [{ finish_reason: string; message: { content: string } }] })
        .choices[0];
    } finally {
      await started.close(0);
    }
  };

  test('they are hidden as configured by default', async () => {
    expect(await said({})).toMatchObject({ finish_reason: 'stop', message: { content: 'Let me check.' } });
  });

  test('without the search for tools they are called, and what is said before that is lost', async () => {
    expect(await said({ tools: { toolSearch: false } })).toMatchObject({
      finish_reason: 'tool_calls',
      message: { content: '' },
    });
  });
});

async function listening(edition: string): Promise<AsyncDisposable & { url: string }> {
  const gateway = deployed({ port: 0, edition, asReleased: true });
  return { url: await gateway.listen(), [Symbol.asyncDispose]: () => gateway.close(0) };
}
