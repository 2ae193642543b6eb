import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import supertest from 'supertest';
import { afterAll, describe, expect, test } from 'vitest';
import type { Backend, Run } from '../backends/backend.ts';
import { deployed, HEADERS, optionsOf, PATH, saying, scripted } from '../testing/deployed.ts';

// Tests wait for conditions; the time that a loaded machine takes is no condition.
const PATIENCE = { timeout: 20_000 };

/** The scripted backend, recording its runs. */
const runs: Run[] = [];
const aborts: string[] = [];
const recording: Backend = {
  run(run, signal) {
    runs.push(run);
    signal.addEventListener('abort', () => aborts.push(run.prompt));
    return scripted.run(run, signal);
  },
};

const lines: string[] = [];
const gateway = deployed({ backend: recording, log: (line) => lines.push(line) });
const url = `${await gateway.listen()}${PATH}`;
afterAll(() => gateway.close(0));

async function post(body: string, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<Response> {
  return await fetch(url, { method: 'POST', headers: { ...HEADERS, ...headers }, body, signal: signal ?? null });
}

async function answer(text: string, more: object = {}, headers: Record<string, string> = {}): Promise<string> {
  const response = await post(saying(text, more), headers);
  const body = (await response.json()) as { choices?: { message: { content: string } }[]; error?: unknown };
  return body.choices?.[0]?.message.content ?? JSON.stringify(body.error);
}

/** The frames of a stream, without their `data: `. */
async function frames(text: string, more: object = {}): Promise<string[]> {
  const body = await (await post(saying(text, { stream: true, ...more }))).text();
  expect(body).toMatch(/^(data: [^\n]+\n\n)+$/);
  return body.slice(6, -2).split('\n\ndata: ');
}

async function streamed(text: string): Promise<string> {
  const chunks = (await frames(text)).slice(0, -1).map((frame) => JSON.parse(frame));
  return chunks.map((chunk) => chunk.choices[0].delta.content ?? '').join('');
}

const ID = expect.stringMatching(/^chatcmpl_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);

describe('completions', () => {
  test('a completion has its keys in the order in which releases send them', async () => {
    const response = await post(saying('play:sentence', { model: 'openclaw:main' }));
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const body = await response.text();
    expect(Number(response.headers.get('content-length'))).toBe(body.length);
    expect(JSON.parse(body)).toEqual({
      id: ID,
      object: 'chat.completion',
      created: expect.closeTo(Date.now() / 1000, -1),
      model: 'openclaw:main',
      choices: [
        { index: 0, message: { role: 'assistant', content: 'The quick brown fox jumps.' }, finish_reason: 'stop' },
      ],
      usage: { prompt_tokens: 1, completion_tokens: 5, total_tokens: 6 },
    });
    expect(Object.keys(JSON.parse(body))).toEqual(['id', 'object', 'created', 'model', 'choices', 'usage']);
  });

  test('the token counts of the provider are reported, cached tokens included', async () => {
    const body = (await (await post(saying('play:usage'))).json()) as { usage: unknown };
    expect(body.usage).toEqual({
      prompt_tokens: 42,
      completion_tokens: 17,
      total_tokens: 59,
      prompt_tokens_details: { cached_tokens: 5 },
    });
  });

  test.each([
    ['fail-400', 400, 'invalid_request_error', 'The sampling temperature is too high.'],
    ['fail-401', 502, 'authentication_error', 'The model provider refused the credentials of this gateway.'],
    ['fail-402', 402, 'insufficient_quota', 'The quota at the model provider is used up.'],
    ['fail-429', 429, 'rate_limit_error', 'The model provider limits the rate of requests.'],
    ['fail-500', 500, 'api_error', 'internal error'],
    ['fail-504', 504, 'api_error', 'The model provider did not answer in time.'],
    ['fail-after-text', 500, 'api_error', 'internal error'],
  ])('a failed run is an error, never success: %s is %i', async (name, status, type, message) => {
    const response = await post(saying(`play:${name}`));
    expect([response.status, await response.json()]).toEqual([status, { error: { message, type } }]);
    expect((await frames(`play:${name}`)).slice(-2)).toEqual([JSON.stringify({ error: { message, type } }), '[DONE]']);
  });
});

describe('streams', () => {
  test('a stream is role, text, finish reason and sentinel, to the byte', async () => {
    const response = await post(saying('play:sentence', { stream: true, model: ' openclaw ' }));
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      connection: 'keep-alive',
    });
    const body = await response.text();
    const { id, created } = JSON.parse(body.slice(6, body.indexOf('\n'))) as { id: string; created: number };
    expect(id).toEqual(ID);
    const chunk = (choice: string): string =>
      `data: {"id":"${id}","object":"chat.completion.chunk","created":${created},"model":" openclaw ",` +
      `"choices":[{"index":0,${choice}}]}\n\n`;
    const spoken = (text: string): string => chunk(`"delta":{"content":"${text}"},"finish_reason":null`);
    expect(body).toBe(
      chunk('"delta":{"role":"assistant"},"finish_reason":null') +
        ['The', ' quick', ' brown', ' fox', ' jumps.'].map(spoken).join('') +
        chunk('"delta":{},"finish_reason":"stop"') +
        'data: [DONE]\n\n',
    );
  });

  test('token counts come last, and only when requested', async () => {
    const asked = await frames('play:usage', { stream_options: { include_usage: true } });
    const { choices, usage } = JSON.parse(asked.at(-2) ?? '');
    expect([choices, usage.total_tokens]).toEqual([[], 59]);
    for (const include_usage of [false, undefined]) {
      const unasked = await frames('play:usage', { stream_options: { include_usage } });
      expect(unasked.join('')).not.toContain('usage');
    }
  });

  test.each([
    'one-word',
    'multiline',
    'unicode',
    'split-unicode',
    'repeats',
    'wrapped',
    'empty',
    'long',
    'spoken',
    'length',
  ])('the deltas of %s join to the text of a completion', async (name) => {
    expect(await streamed(`play:${name}`)).toBe(await answer(`play:${name}`));
  });

  test('a run cut by the token limit has the finish reason length', async () => {
    expect((await frames('play:length')).at(-2)).toContain('"delta":{},"finish_reason":"length"');
  });

  test('a run without text has a text all the same, not a bare sentinel', async () => {
    expect(await answer('play:empty')).toBe('No response from OpenClaw.');
  });

  test('headers and role are sent before the agent emits anything', async () => {
    const leaving = new AbortController();
    const response = await post(saying('play:hang', { stream: true }), {}, leaving.signal);
    const { value } = (await response.body?.getReader().read()) ?? {};
    expect(new TextDecoder().decode(value)).toContain('"delta":{"role":"assistant"}');
    leaving.abort();
  });

  test('a run waits while its client does not read', async () => {
    let emitted = 0;
    const endless: Backend = {
      async *run(_run, signal) {
        while (!signal.aborted) {
          emitted += 1;
          yield { type: 'text', text: 'x'.repeat(10_000) };
          if (emitted % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
        }
      },
    };
    const endlessGateway = deployed({ backend: endless });
    const { port, hostname } = new URL(await endlessGateway.listen());
    const socket = connect(Number(port), hostname);
    const body = saying('go on', { stream: true });
    socket.write(
      `POST ${PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: ${HEADERS.Authorization}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    socket.pause();
    let before = 0;
    const waiting = (): boolean => {
      const stalled = emitted > 0 && emitted === before;
      before = emitted;
      return stalled;
    };
    // The buffers of two sockets fill up; then the run must wait.
    await expect.poll(waiting, { interval: 200, timeout: 10_000 }).toBe(true);
    expect(emitted).toBeLessThan(5_000);
    socket.destroy();
    await endlessGateway.close(0);
  });
});

describe('clients that leave', () => {
  test.each([true, false])('the run of a client that leaves stops: stream %s', async (stream) => {
    const text = `play:speak-then-hang ${randomUUID()}`;
    const leaving = new AbortController();
    const call = post(saying(text, { stream }), {}, leaving.signal).then((response) => response.text());
    await expect.poll(() => runs.some((run) => run.prompt === text), PATIENCE).toBe(true);
    leaving.abort();
    await expect(call).rejects.toThrow('abort');
    await expect.poll(() => aborts, PATIENCE).toContain(text);
    await expect.poll(() => lines.at(-1), PATIENCE).toMatch(/client left \d+ ms$/);
  });

  test('a cut run is not remembered, and the next call of its session is answered', async () => {
    const user = randomUUID();
    const leaving = new AbortController();
    const text = `play:speak-then-hang remember the code word: ${user} play:hang`;
    const call = post(saying(text, { user }), {}, leaving.signal).catch(() => undefined);
    await expect.poll(() => runs.some((run) => run.prompt === text), PATIENCE).toBe(true);
    const waiting = new AbortController();
    const waiter = post(saying('second in line', { user }), {}, waiting.signal).catch(() => undefined);
    const third = answer('Which code word did I tell you?', { user });
    waiting.abort();
    leaving.abort();
    await Promise.all([call, waiter]);
    expect(await third).toBe('NONE');
    expect(runs.map((run) => run.prompt)).not.toContain('second in line');
  });
});

describe('agents', () => {
  const agentOf = async (more: object, headers: Record<string, string> = {}): Promise<string> =>
    await answer('Which agent are you?', more, headers);

  test.each([
    ['openclaw', 'main'],
    ['', 'main'],
    ['openclaw/default', 'main'],
    ['openclaw:beta', 'beta'],
    ['openclaw/beta', 'beta'],
    ['agent:beta', 'beta'],
    [' OpenClaw:BETA ', 'beta'],
  ])('model %j is agent %s', async (model, agent) => {
    expect(await agentOf({ model })).toBe(agent);
  });

  test.each(['gpt-4o', 'agent/beta', 'openclaw: beta', 'openclaw:-beta', 'openclaw:a:b', `openclaw:${'x'.repeat(65)}`])(
    'model %j is foreign',
    async (model) => {
      expect(await agentOf({ model })).toContain('Invalid `model`. Use `openclaw` or `openclaw/<agentId>`.');
      expect(await agentOf({ model }, { 'x-openclaw-agent-id': 'beta' })).toContain('Invalid `model`');
    },
  );

  test('the header beats the model, an empty header counts as none, and the alias comes second', async () => {
    expect(await agentOf({ model: 'openclaw:main' }, { 'x-openclaw-agent-id': 'beta' })).toBe('beta');
    expect(await agentOf({ model: 'openclaw:nosuch' }, { 'x-openclaw-agent-id': 'BETA' })).toBe('beta');
    expect(await agentOf({ model: 'openclaw:beta' }, { 'x-openclaw-agent-id': ' ' })).toBe('beta');
    expect(await agentOf({}, { 'x-openclaw-agent': 'beta' })).toBe('beta');
    expect(await agentOf({}, { 'x-openclaw-agent-id': 'main', 'x-openclaw-agent': 'beta' })).toBe('main');
  });

  test.each(['nosuch', '../beta', 'be/ta', 'beta, main'])('agent %j is unknown', async (id) => {
    expect(await agentOf({}, { 'x-openclaw-agent-id': id })).toContain(`Unknown agent '${id}'.`);
  });

  test('before 2026.3.24 a foreign model is main; before 2026.7.1 invalid ids are sanitized and run', async () => {
    const old = supertest(deployed(optionsOf('token', { edition: '2026.2.1' })).callback());
    const ask = async (model: string, id = ''): Promise<unknown> => {
      const request = old.post(PATH).set({ ...HEADERS, 'x-openclaw-agent-id': id });
      return (await request.send(saying('Which agent are you?', { model }))).body.choices[0].message.content;
    };
    expect(await ask('gpt-4o')).toBe('main');
    expect(await ask('openclaw/default')).toBe('default');
    expect(await ask('openclaw:nosuch')).toBe('nosuch');
    expect(await ask('', '../x')).toBe('x');
    expect(await ask('', 'be ta')).toBe('be-ta');
  });
});

describe('sessions', () => {
  const remember = async (word: string, more: object, headers: Record<string, string> = {}): Promise<void> => {
    await answer(`Remember this code word: ${word}.`, more, headers);
  };
  const known = async (more: object, headers: Record<string, string> = {}): Promise<string> =>
    await answer('Which code word did I tell you?', more, headers);

  test('calls without a user share no session', async () => {
    await remember('alpha', {});
    expect(await known({})).toBe('NONE');
    expect(runs.at(-1)?.sessionKey).toMatch(/^agent:main:openai:[0-9a-f-]{36}$/);
  });

  test('calls of one user and one agent share a session, in any letter case, streamed or not', async () => {
    const user = `Dave/${randomUUID()}`;
    await frames('Remember this code word: beta.', { user });
    expect(await known({ user: ` ${user.toLowerCase()} ` })).toBe('The code word is beta.');
    expect(runs.at(-1)?.sessionKey).toBe(`agent:main:openai-user:${user.toLowerCase()}`);
    expect(runs.at(-1)?.history).toEqual([
      { role: 'user', text: 'Remember this code word: beta.' },
      { role: 'assistant', text: 'OK, I will remember it.' },
    ]);
    expect(await known({ user, model: 'openclaw:beta' })).toBe('NONE');
  });

  test('the session key beats the user, and can name the session of a user', async () => {
    const key = randomUUID();
    await remember('gamma', { user: 'a' }, { 'x-openclaw-session-key': key });
    expect(await known({ user: 'b' }, { 'x-openclaw-session-key': key.toUpperCase() })).toBe('The code word is gamma.');
    expect(await known({ user: key })).toBe('NONE');
    await remember('delta', { user: key });
    const openaiUser = { 'x-openclaw-session-key': `agent:main:openai-user:${key}` };
    expect(await known({}, openaiUser)).toBe('The code word is delta.');
  });

  test.each([
    [' my-key ', 'main', 'agent:main:my-key'],
    ['main', 'main', 'agent:main:main'],
    ['global', 'main', 'global'],
    ['agent:beta:Foo', 'beta', 'agent:beta:foo'],
  ])('key %j runs agent %s in %s, for any model', async (key, agent, sessionKey) => {
    expect(await answer('Which agent are you?', { model: 'openclaw:beta' }, { 'x-openclaw-session-key': key })).toBe(
      agent,
    );
    expect(runs.at(-1)).toMatchObject({ agent, sessionKey });
  });

  test.each(['subagent:x', 'cron:x', 'acp:x', 'ACP:x', 'agent:main:subagent:x'])('key %s is reserved', async (key) => {
    expect(await answer('hi', {}, { 'x-openclaw-session-key': key })).toContain('reserved internal session namespaces');
  });

  test.each(['agent:main', 'agent::x', 'agent:nosuch:x'])('key %s is refused', async (key) => {
    const response = await post(saying('hi'), { 'x-openclaw-session-key': key });
    expect(response.status).toBe(400);
  });

  test('calls of one session run one after the other, and calls of another session do not wait', async () => {
    const user = randomUUID();
    const leaving = new AbortController();
    const first = post(saying(`play:hang ${user}`, { user }), {}, leaving.signal).catch(() => undefined);
    await expect.poll(() => runs.some((run) => run.prompt.includes(user)), PATIENCE).toBe(true);
    const second = answer(`play:one-word ${user} again`, { user });
    expect(await answer('play:one-word', { user: randomUUID() })).toBe('Hello');
    expect(runs.filter((run) => run.prompt.includes(user))).toHaveLength(1);
    leaving.abort();
    expect(await second).toBe('Hello');
    await first;
  });
});

describe('bodies that are too large', () => {
  const TOO_LARGE = { error: { message: 'Payload too large', type: 'invalid_request_error' } };
  const piece = new Uint8Array(1024 * 1024).fill(120);

  test('21 MiB are 413, and the client can read the response', async () => {
    const response = await post('x'.repeat(21 * piece.length));
    expect([response.status, await response.json()]).toEqual([413, TOO_LARGE]);
  });

  test('21 MiB in chunks without a length are 413 too', async () => {
    const body = new ReadableStream({
      start(controller) {
        for (let n = 0; n < 21; n++) controller.enqueue(piece);
        controller.close();
      },
    });
    const init = { method: 'POST', headers: HEADERS, body, duplex: 'half' };
    const response = await fetch(url, init as RequestInit);
    expect([response.status, await response.json()]).toEqual([413, TOO_LARGE]);
  });

  test('a wrong secret is answered before 21 MiB are read', async () => {
    const response = await post('x'.repeat(21 * piece.length), { Authorization: 'Bearer wrong' });
    expect(response.status).toBe(401);
  });

  test('a body with a large Content-Length is refused before it comes, and an endless one is cut', async () => {
    const { port, hostname } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.write(
      `POST ${PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: ${HEADERS.Authorization}\r\nContent-Length: 999999999999\r\n\r\n`,
    );
    const [head] = (await once(socket, 'data')) as [Buffer];
    expect(head.toString()).toMatch(/^HTTP\/1\.1 413 /);
    socket.resume();
    const feed = (): void => {
      while (!socket.destroyed && socket.write(piece));
    };
    socket.on('drain', feed);
    feed();
    await closed;
  });
});

test('a malformed Host header does not affect the endpoint', async () => {
  const { port, hostname } = new URL(url);
  for (const host of ['[', 'a b', 'x@[', '::::', '']) {
    const socket = connect(Number(port), hostname);
    const body = saying('play:one-word');
    socket.write(
      `POST ${PATH} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${HEADERS.Authorization}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    );
    const [head] = (await once(socket, 'data')) as [Buffer];
    expect(head.toString()).toMatch(/^HTTP\/1\.1 200 /);
    socket.destroy();
  }
});

test('closing lets running streams end, and cuts those that do not', async () => {
  const closing = deployed();
  const address = `${await closing.listen()}${PATH}`;
  const start = async (text: string): Promise<Response> =>
    await fetch(address, { method: 'POST', headers: HEADERS, body: saying(text, { stream: true }) });
  const [spoken, hanging] = [await start('play:spoken'), await start('play:hang')];
  const cut = expect(hanging.text()).rejects.toThrow();
  const closed = closing.close(2_000);
  expect(await spoken.text()).toMatch(/data: \[DONE\]\n\n$/);
  await closed;
  await cut;
  await expect(fetch(address)).rejects.toThrow();
});
