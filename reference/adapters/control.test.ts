import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { loadReplies } from '../backends/scripted/replies.ts';
import { scriptedBackend } from '../backends/scripted/scripted.ts';
import { Faults } from '../faults.ts';
import { Journal } from '../journal/journal.ts';
import { Sessions } from '../sessions/sessions.ts';
import { deployed, HEADERS, PATH, saying, TOKEN } from '../testing/deployed.ts';
import { openControl } from './control.ts';

const journal = new Journal();
const sessions = new Sessions();
const faults = new Faults();
const replies = await loadReplies();
const house = { journal, sessions, faults };
const gateway = deployed({ ...house, backend: scriptedBackend(replies) });
const base = await gateway.listen();
const control = await openControl({ ...house, replies }, 0, () => undefined);
afterAll(async () => {
  control.close();
  await gateway.close(0);
});
beforeEach(async () => {
  await at('POST', '/reset');
});

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly json: Record<string, unknown>;
}

async function at(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  const response = await fetch(`${control.url}${path}`, { method, headers, ...(text !== undefined && { body: text }) });
  const said = await response.text();
  const json = said === '' ? {} : (JSON.parse(said) as Answer['json']);
  return { status: response.status, headers: Object.fromEntries(response.headers), json };
}

async function say(content: string, more: object = {}, headers: object = {}): Promise<string> {
  const sent = { method: 'POST', headers: { ...HEADERS, ...headers }, body: saying(content, more) };
  const text = await (await fetch(`${base}${PATH}`, sent)).text();
  await journal.waitForRequest((entry) => entry.number === journal.last && entry.ended);
  return text;
}

const numbers = ({ json }: Answer): unknown => (json as { entries: { number: number }[] }).entries.map((e) => e.number);

test('GET / lists every route, and each of them is one', async () => {
  const { json } = await at('GET', '/');
  const { routes } = json as { routes: { method: string; path: string; does: string }[] };
  expect(routes.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /journal',
    'POST /journal/wait',
    'DELETE /journal',
    'GET /lint',
    'GET /sessions',
    'GET /sessions/{key}',
    'DELETE /sessions/{key}',
    'DELETE /sessions',
    'GET /replies',
    'GET /replies/{name}',
    'PUT /replies/{name}',
    'DELETE /replies/{name}',
    'DELETE /replies',
    'GET /faults',
    'POST /faults',
    'DELETE /faults',
    'POST /reset',
  ]);
  for (const { method, path, does } of routes) {
    const answer = await at(
      method,
      path.replace(/\{.*\}/, 'nothing-of-that-name'),
      method === 'GET' ? undefined : '{}',
    );
    expect(JSON.stringify(answer.json)).not.toContain('GET / lists');
    expect(does).toMatch(/\.$/);
  }
});

describe('the journal', () => {
  test('is read, filtered and forgotten', async () => {
    const { last } = journal;
    await say('hi');
    await say('hi', {}, { Authorization: 'Bearer wrong' });
    await say('hi', { model: 'openclaw:beta', stream: true });
    const all = await at('GET', '/journal');
    expect(all.json).toMatchObject({ last: last + 3, forgotten: 0 });
    expect(all.json.entries).toEqual(JSON.parse(JSON.stringify(journal.entries())));
    expect(JSON.stringify(all.json)).not.toContain(TOKEN);
    expect(numbers(await at('GET', '/journal?status=401'))).toEqual([last + 2]);
    expect(numbers(await at('GET', '/journal?agent=beta&done=delivered&ended=true'))).toEqual([last + 3]);
    expect(numbers(await at('GET', `/journal?after=${last + 1}`))).toEqual([last + 2, last + 3]);
    expect(numbers(await at('GET', '/journal?ended=false'))).toEqual([]);
    expect((await at('DELETE', '/journal')).status).toBe(204);
    expect(numbers(await at('GET', '/journal'))).toEqual([]);
  });

  test.each(['?status=many', '?nonsense=1', '?status=1&status=2'])(
    'a query that asks for nothing is 400: %s',
    async (query) => {
      expect(await at('GET', `/journal${query}`)).toMatchObject({
        status: 400,
        json: { error: { type: 'invalid_request_error', message: expect.stringMatching(/^the query: /) } },
      });
    },
  );

  test('is waited for', async () => {
    const wait = { match: { agent: 'beta', ended: true }, after: journal.last, timeoutMs: 20_000 };
    const waiting = at('POST', '/journal/wait', wait);
    await say('hi');
    await say('hi', { model: 'openclaw:beta' });
    expect(await waiting).toMatchObject({ status: 200, json: { number: journal.last, agent: 'beta' } });
    const none = await at('POST', '/journal/wait', { match: { agent: 'ghost' }, timeoutMs: 1 });
    expect(none).toMatchObject({
      status: 408,
      json: { error: { message: expect.stringMatching(/^Failed to wait for a request: .* got #\d+ POST /) } },
    });
    expect((await at('POST', '/journal/wait', '')).status).toBe(200);
    expect((await at('POST', '/journal/wait', { timeoutMs: 1e9 })).status).toBe(400);
  });

  test('and told what is wrong in it', async () => {
    expect(await at('GET', '/lint')).toMatchObject({ json: { findings: [] } });
    await say('hi');
    await fetch(`${base}${PATH}?token=x`, { method: 'POST' });
    expect(await at('GET', '/lint')).toMatchObject({ json: { findings: [{ id: 'secret-in-query' }] } });
  });
});

describe('sessions', () => {
  const KEY = 'agent:main:openai-user:dave/of a house';

  test('are listed, read and reset, whatever their keys hold', async () => {
    await say('Remember the code word: blue', { user: 'Dave/of a house' });
    await say('hi', { user: 'erin' });
    const { json } = await at('GET', '/sessions');
    expect(json.sessions).toMatchObject([
      { key: KEY, agent: 'main', turns: 2 },
      { key: 'agent:main:openai-user:erin' },
    ]);
    const one = `/sessions/${encodeURIComponent(KEY)}`;
    expect((await at('GET', one)).json).toEqual({
      key: KEY,
      turns: [
        { role: 'user', text: 'Remember the code word: blue' },
        { role: 'assistant', text: 'OK, I will remember it.' },
      ],
    });
    expect((await at('DELETE', one)).status).toBe(204);
    expect([(await at('GET', one)).status, (await at('DELETE', one)).status]).toEqual([404, 404]);
    expect(await say('Which code word did I tell you?', { user: 'Dave/of a house' })).toContain('NONE');
    expect((await at('DELETE', '/sessions')).status).toBe(204);
    expect((await at('GET', '/sessions')).json).toEqual({ sessions: [] });
  });
});

describe('replies', () => {
  const MINE = { about: 'A test.', events: [{ text: 'of mine' }] };

  test('are listed, read, put and removed, and come back', async () => {
    expect((await at('GET', '/replies/one-word')).json).toMatchObject({ events: [{ text: 'Hello' }] });
    expect((await at('PUT', '/replies/mine', MINE)).status).toBe(204);
    expect(await say('play:mine')).toContain('"content":"of mine"');
    const { json } = await at('GET', '/replies');
    expect(json.replies).toContainEqual({ name: 'mine', reply: MINE });
    expect((await at('DELETE', '/replies/mine')).status).toBe(204);
    expect((await at('DELETE', '/replies/mine')).status).toBe(404);
    await at('PUT', '/replies/one-word', MINE);
    expect(await say('play:one-word')).toContain('of mine');
    await at('DELETE', '/replies');
    expect(await say('play:one-word')).toContain('Hello');
  });

  test('that are none are refused in one line', async () => {
    const faulty = await at('PUT', '/replies/mine', { ...MINE, nonsense: 1 });
    expect([faulty.status, faulty.json]).toEqual([
      400,
      {
        error: {
          type: 'invalid_request_error',
          message: expect.stringMatching(/^Failed to load the reply "mine": .*\.$/),
        },
      },
    ]);
    expect((await at('PUT', '/replies/No%20Name', MINE)).json).toMatchObject({
      error: { message: expect.stringMatching(/^Failed to name a reply: /) },
    });
    expect((await at('PUT', '/replies/mine', '{')).status).toBe(400);
    expect((await at('PUT', '/replies/mine', ' '.repeat(2 * 1024 * 1024))).status).toBe(413);
  });

  test('are not there when the backend plays none', async () => {
    const other = await openControl(house, 0, () => undefined);
    for (const path of ['/replies', '/replies/one-word']) {
      const response = await fetch(`${other.url}${path}`);
      expect([response.status, await response.json()]).toMatchObject([
        404,
        { error: { message: 'This backend plays no replies; the scripted one does.' } },
      ]);
    }
    expect((await fetch(`${other.url}/reset`, { method: 'POST' })).status).toBe(204);
    other.close();
  });
});

describe('faults', () => {
  test('are added, listed and forgotten', async () => {
    expect((await at('POST', '/faults', { status: 429, retryAfter: 2, times: 2 })).status).toBe(204);
    expect(await say('hi')).toContain('"error"');
    expect((await at('GET', '/faults')).json).toMatchObject({ faults: [{ status: 429, retryAfter: 2, times: 1 }] });
    expect((await at('DELETE', '/faults')).status).toBe(204);
    expect(await say('hi')).toContain('You said: hi');
    expect(await at('POST', '/faults', { status: 200 })).toMatchObject({
      status: 400,
      json: { error: { message: expect.stringMatching(/^Failed to read the fault: status: /) } },
    });
  });
});

test('POST /reset brings all of it back to the start', async () => {
  await say('hi', { user: 'dave' });
  await at('PUT', '/replies/mine', { about: 'A test.', events: [] });
  await at('POST', '/faults', { status: 500 });
  expect((await at('POST', '/reset')).status).toBe(204);
  expect((await at('GET', '/journal')).json).toMatchObject({ entries: [] });
  expect((await at('GET', '/sessions')).json).toEqual({ sessions: [] });
  expect((await at('GET', '/faults')).json).toEqual({ faults: [] });
  expect((await at('GET', '/replies/mine')).status).toBe(404);
});

describe('who is let in', () => {
  /** A request with headers that fetch would not send. */
  async function raw(headers: Record<string, string>, method = 'GET', path = '/journal'): Promise<number> {
    const request = httpRequest(`${control.url}${path}`, { method, headers, setHost: !('Host' in headers) }).end();
    const [response] = await once(request, 'response');
    response.resume();
    return response.statusCode as number;
  }

  test.each(['127.0.0.1', 'localhost:80', 'LOCALHOST', '[::1]:9', '127.9.9.9'])('a call for %s', async (host) => {
    expect(await raw({ Host: host })).toBe(200);
  });

  test.each([
    'evil.example',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '0.0.0.0',
    '192.168.0.1',
    '',
    '[',
    'a b',
  ])('not a call for %j: a foreign name that resolves to this machine is none of its own', async (host) => {
    expect(await raw({ Host: host })).toBe(403);
  });

  test.each([
    { Origin: 'https://evil.example' },
    { Origin: 'null' },
    { Origin: 'http://127.0.0.1:18789' },
    { 'Sec-Fetch-Site': 'cross-site' },
  ])('not a web page: %j', async (headers) => {
    await say('hi', { user: 'dave' });
    expect(await raw(headers)).toBe(403);
    expect(await raw(headers, 'OPTIONS')).toBe(403);
    expect(await raw(headers, 'POST', '/reset')).toBe(403);
    expect(sessions.size).toBe(1);
    const refused = await at('GET', '/journal', undefined, { origin: 'https://evil.example' });
    expect(refused.json).toMatchObject({ error: { type: 'forbidden' } });
    expect(Object.keys(refused.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  test('no request from another machine: it listens on loopback alone', async () => {
    const { port } = new URL(control.url);
    const others = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
    const elsewhere = others.filter(({ internal, family }) => !internal && family === 'IPv4');
    expect(control.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    for (const { address } of elsewhere) await expect(fetch(`http://${address}:${port}/`)).rejects.toThrow();
  });
});

test('what there is not is 404, and what is asked wrongly 405 with Allow', async () => {
  expect(await at('GET', '/nope')).toMatchObject({ status: 404, json: { error: { message: expect.any(String) } } });
  expect(await at('PATCH', '/journal')).toMatchObject({
    status: 405,
    headers: { allow: expect.stringContaining('DELETE') },
  });
  expect((await at('GET', '/reset')).headers.allow).toBe('POST');
});

test('whatever is sent, it is never a 5xx, and it answers as before', async () => {
  const routes = fc.constantFrom(
    '/journal/wait',
    '/replies/a',
    '/faults',
    '/sessions/%',
    '/journal?after=-1',
    '/%00',
    '//',
  );
  const body = fc.oneof(
    fc.json(),
    fc.string(),
    fc.constant('['.repeat(100_000)),
    fc.constant(`{"match":${'{"a":'.repeat(50_000)}1`),
  );
  const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH');
  await fc.assert(
    fc.asyncProperty(routes, method, body, async (path, verb, said) => {
      const text = verb === 'GET' ? undefined : said.replace(/^(\{\}|null|\s*)$/, '{"timeoutMs":0}');
      const { status, json } = await at(verb, path, text);
      expect(status).toBeLessThan(500);
      if (status >= 400)
        expect(json).toMatchObject({ error: { message: expect.any(String), type: expect.any(String) } });
    }),
    { numRuns: 300 },
  );
  expect((await at('GET', '/')).status).toBe(200);
});

test('a taken port is one clear line', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  await expect(openControl(house, port, () => undefined)).rejects.toThrow(
    `Failed to open the control API on 127.0.0.1:${port}: expected a free port, got one in use. Choose another --control-port.`,
  );
  other.close();
});

describe('on an address that others reach', () => {
  const SECRET = 'a-secret-of-the-control-api';
  const open = (host: string, secret?: string): ReturnType<typeof openControl> =>
    openControl(house, 0, () => undefined, { host, secret });

  test.each([undefined, '', 'too short'])('it does not open with the secret %j', async (secret) => {
    await expect(open('0.0.0.0', secret)).rejects.toThrow(
      /^Failed to open the Control API on 0\.0\.0\.0: expected a secret of 16 characters or more in OPENCLAW_CONTROL_TOKEN, got .*\.$/,
    );
  });

  test('with the secret it answers by any name, and no page', async () => {
    const guarded = await open('0.0.0.0', SECRET);
    onTestFinished(() => guarded.close());
    const { port } = new URL(guarded.url);
    const status = async (headers: Record<string, string>): Promise<number | undefined> => {
      const sent = httpRequest({ port, host: '127.0.0.1', path: '/journal', headers });
      const [answer] = (await once(sent.end(), 'response')) as [IncomingMessage];
      answer.resume();
      return answer.statusCode;
    };
    const Authorization = `Bearer ${SECRET}`;
    expect(guarded.url).toBe(`http://127.0.0.1:${port}`);
    expect(await status({ Authorization, Host: 'control.example:1' })).toBe(200);
    expect(await status({})).toBe(401);
    for (const wrong of [SECRET, `Bearer ${SECRET}x`, `Bearer ${SECRET.slice(1)}`, 'Bearer ', 'Bearer'])
      expect(await status({ Authorization: wrong })).toBe(401);
    expect(await status({ Authorization, Origin: 'https://page.example' })).toBe(403);
    expect(await status({ Authorization, 'Sec-Fetch-Site': 'cross-site' })).toBe(403);
  });
});
