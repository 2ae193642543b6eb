import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gateway } from '../gateway.ts';
import { HEADERS, deployed } from '../testing/deployed.ts';

let gateway: Gateway;
let url: string;
beforeAll(async () => {
  gateway = deployed({ port: 0 });
  url = await gateway.listen();
});
afterAll(() => gateway.close(0));

const get = async (path: string, init: RequestInit = { headers: HEADERS }): Promise<[number, unknown]> => {
  const reply = await fetch(url + path, init);
  const text = await reply.text();
  return [reply.status, text.startsWith('{') ? JSON.parse(text) : text];
};
const invalid = (message: string): object => ({ error: { message, type: 'invalid_request_error' } });

test('the list names OpenClaw, its default agent, and each agent', async () => {
  const [status, list] = await get('/v1/models');
  expect(status).toBe(200);
  expect((list as { data: { id: string }[] }).data.map(({ id }) => id)).toEqual([
    'openclaw',
    'openclaw/default',
    'openclaw/main',
    'openclaw/beta',
  ]);
});

test.each([
  ['openclaw', 'openclaw'],
  ['openclaw/beta', 'openclaw/beta'],
  ['openclaw%2Fbeta', 'openclaw/beta'],
])('/v1/models/%s is the model %s', async (path, id) => {
  const model = { id, object: 'model', created: 0, owned_by: 'openclaw', permission: [] };
  expect(await get(`/v1/models/${path}`)).toEqual([200, model]);
});

test.each([
  ['openclaw:main', 404, "Model 'openclaw:main' not found."],
  ['openclaw%2Fnosuch', 404, "Model 'openclaw/nosuch' not found."],
  ['gpt-4o', 400, 'Invalid model id.'],
  ['', 400, 'Missing model id.'],
  ['%zz', 400, 'Invalid model id encoding.'],
])('/v1/models/%s is %i %s', async (path, status, message) => {
  expect(await get(`/v1/models/${path}`)).toEqual([status, invalid(message)]);
});

test('a request without a secret is refused, and so is another method', async () => {
  expect((await get('/v1/models', {}))[0]).toBe(401);
  const reply = await fetch(`${url}/v1/models`, { method: 'POST', headers: HEADERS, body: '{}' });
  expect([reply.status, reply.headers.get('allow')]).toEqual([405, 'GET']);
});

test('health is answered without a secret', async () => {
  expect(await get('/healthz', {})).toEqual([200, { ok: true, status: 'live' }]);
  expect(await get('/ready', {})).toEqual([200, expect.objectContaining({ ready: true })]);
  expect((await get('/health', { method: 'POST' }))[0]).toBe(405);
});

test('from 2026.9.6 on it tells that it has started, and through a proxy too, unless it is as released', async () => {
  const forwarded = { headers: { 'x-forwarded-for': '203.0.113.9' } };
  expect(await get('/startupz', forwarded)).toEqual([200, { ok: true, status: 'started' }]);
  expect(await get('/startupz', {})).toEqual([
    200,
    { ok: true, status: 'started', version: '2026.9.6', uptimeMs: expect.any(Number) },
  ]);
  for (const [edition, asReleased, startup, ready] of [
    ['2026.8.2', false, 404, 200],
    ['2026.9.6', true, 403, 403],
  ] as const) {
    const other = deployed({ port: 0, edition, asReleased });
    const at = await other.listen();
    const status = async (path: string): Promise<number> => (await fetch(at + path, forwarded)).status;
    expect([await status('/startup'), await status('/readyz'), await status('/healthz')]).toEqual([
      startup,
      ready,
      200,
    ]);
    await other.close(0);
  }
});

test('without a secret a model is chosen by administrators, and half a model by no one', async () => {
  const open = deployed({ port: 0, auth: { mode: 'none' } });
  const at = await open.listen();
  const choosing = async (model: string, scopes: string): Promise<[number, unknown]> => {
    const headers = { 'content-type': 'application/json', 'x-openclaw-model': model, 'x-openclaw-scopes': scopes };
    const body = JSON.stringify({ model: 'openclaw/main', messages: [{ role: 'user', content: 'hi' }] });
    const reply = await fetch(`${at}/v1/chat/completions`, { method: 'POST', headers, body });
    return [reply.status, ((await reply.json()) as { error?: { message: string } }).error?.message];
  };
  expect(await choosing('model-beta', 'operator.write')).toEqual([403, 'missing scope: operator.admin']);
  expect(await choosing('model-beta', 'operator.admin')).toEqual([200, undefined]);
  expect(await choosing('stub/', 'operator.admin')).toEqual([400, 'Invalid `x-openclaw-model`.']);
  await open.close(0);
});

test.each([
  ['2026.3.23', 404, 200],
  ['2026.2.26', 404, 404],
])('in edition %s /v1/models is %i and /healthz is %i', async (edition, models, health) => {
  const old = deployed({ port: 0, edition });
  const at = await old.listen();
  expect((await fetch(`${at}/v1/models`, { headers: HEADERS })).status).toBe(models);
  expect((await fetch(`${at}/healthz`)).status).toBe(health);
  await old.close(0);
});
