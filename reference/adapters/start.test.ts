import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import type { Backend } from '../backends/backend.ts';
import { deployed, HEADERS, PATH, saying } from '../testing/deployed.ts';
import { SCOPE_HEADER } from './scopes.ts';
import { startReference, type Reference, type ReferenceOptions } from './start.ts';

/** What a gateway's agent answers when it is told something. */
async function ask({ baseURL, apiKey }: Reference, content: string, more: object = {}): Promise<string | null> {
  const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
  const answer = await client.chat.completions.create({
    model: 'openclaw',
    messages: [{ role: 'user', content }],
    ...more,
  });
  return answer.choices[0]?.message.content ?? null;
}

/** Those of a stream's chunks. */
async function finishReasons({ baseURL, apiKey }: Reference): Promise<unknown[]> {
  const messages = [{ role: 'user' as const, content: 'hi' }];
  const client = new OpenAI({ baseURL, apiKey });
  const stream = await client.chat.completions.create({ model: 'openclaw', messages, stream: true });
  return await Array.fromAsync(stream, ({ choices }) => choices[0]?.finish_reason);
}

describe('a reference in process', () => {
  it('wants no option: it listens on loopback, with a secret of its own and two agents', async () => {
    await using one = await startReference();
    await using other = await startReference();
    expect(one.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(one.baseURL).toBe(`${one.url}/v1`);
    expect(other.url).not.toBe(one.url);
    expect(other.apiKey).not.toBe(one.apiKey);
    expect(await ask(one, 'Which agent are you?')).toBe('main');
    expect(await ask(one, 'Which agent are you?', { model: 'openclaw:beta' })).toBe('beta');
    await expect(ask({ ...other, apiKey: one.apiKey }, 'hi')).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  });

  it('keeps its sessions in a file, and finds them there again; those of a scope end with it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'openclaw-state-'));
    const state = join(folder, 'sessions.db');
    const ann = { user: 'ann' };
    try {
      for (const known of ['NONE', 'The code word is KW-1.']) {
        await using gateway = await startReference({ state });
        expect(await ask(gateway, 'Which code word did I tell you?', ann)).toBe(known);
        await ask(gateway, 'Remember the code word: KW-1', ann);
        await using scope = await gateway.scope();
        expect(await ask(scope, 'Which code word did I tell you?', ann)).toBe('NONE');
        // Another server holds the port while this one is open; a start that fails frees it.
        await expect(startReference({ state })).rejects.toThrow(/^Failed to/);
      }
      await expect(startReference({ state, edition: '1.2.3' })).rejects.toThrow(/^Failed to choose an edition/);
      await (await startReference({ state })).close();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is gone when its block is left', async () => {
    let left: Reference;
    {
      await using gateway = await startReference();
      left = gateway;
      expect(await ask(gateway, 'play:one-word')).toBe('Hello');
    }
    await expect(ask(left, 'hi')).rejects.toBeInstanceOf(OpenAI.APIConnectionError);
  });

  it.each<[string, ReferenceOptions]>([
    ['a token', { apiKey: 'of-mine' }],
    ['a password', { auth: 'password' }],
    ['no secret', { auth: 'none' }],
    [
      'a configuration',
      {
        config: `{ gateway: { port: 9, auth: { token: 't' }, http: { endpoints: { chatCompletions: { enabled: true } } } } }`,
      },
    ],
    ['a configuration file', { configFile: 'fixtures/gateways/password.json5' }],
  ])('is let into with %s, by the key that it gives', async (_, options) => {
    await using gateway = await startReference(options);
    expect(await ask(gateway, 'Which agent are you?')).toBe('main');
    if (options.apiKey) expect(gateway.apiKey).toBe(options.apiKey);
  });

  it('takes agents, an edition, and the endpoint off', async () => {
    await using gateway = await startReference({ agents: ['clerk'] });
    expect(await ask(gateway, 'Which agent are you?')).toBe('clerk');
    await using older = await startReference({ edition: '2026.2.1' });
    expect(await ask(older, 'Which agent are you?', { model: 'gpt-4o' })).toBe('main');
    await using faulty = await startReference({ edition: '2026.2.1', asReleased: true });
    expect(await finishReasons(older)).toContain('stop');
    expect(await finishReasons(faulty)).not.toContain('stop');
    await using closed = await startReference({ enabled: false });
    await expect(ask(closed, 'hi')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  it('refuses what it cannot be, in one line', async () => {
    await expect(startReference({ agents: ['no id'] })).rejects.toThrow(/^Failed to read agents: .*\.$/);
    await expect(startReference({ edition: '1.0.0' })).rejects.toThrow(/^Failed to choose an edition: .*\.$/);
    await expect(startReference({ config: '{}', agents: ['main'] })).rejects.toThrow(
      'Failed to start: expected a configuration or single options, got a configuration and agents. Say it in the configuration.',
    );
    await expect(startReference({ config: '{}', configFile: 'any.json5' })).rejects.toThrow(/and configFile\./);
  });
});

describe('what a test holds in its hands', () => {
  it('replies: in a folder, by name, or put there while the gateway runs', async () => {
    const reply = { text: 'as told' };
    await using gateway = await startReference({ replies: { 'of-mine': reply } });
    expect(await ask(gateway, 'play:of-mine')).toBe('as told');
    expect(await ask(gateway, 'play:one-word')).toBe('Hello');
    gateway.replies.put('later', reply);
    expect(await ask(gateway, 'play:later')).toBe('as told');
    await using folder = await startReference({ replies: 'fixtures/replies' });
    expect(await ask(folder, 'play:one-word')).toBe('Hello');
    await expect(startReference({ replies: 'no/such/folder' })).rejects.toThrow(
      /^Failed to load .*no.such.folder: .*\.$/,
    );
  });

  it('a pace: how fast it speaks', async () => {
    await using gateway = await startReference({ pace: { ttft: 200 } });
    const begun = performance.now();
    await ask(gateway, 'play:one-word');
    expect(performance.now() - begun).toBeGreaterThanOrEqual(195);
  });

  it('faults: the next calls go wrong', async () => {
    await using gateway = await startReference();
    gateway.faults.add({ status: 429, retryAfter: 1 });
    await expect(ask(gateway, 'hi')).rejects.toBeInstanceOf(OpenAI.RateLimitError);
    expect(await ask(gateway, 'hi')).toBe('You said: hi');
  });

  it('faults by header: where it is allowed', async () => {
    await using gateway = await startReference();
    await using scope = await gateway.scope({ faultHeader: true });
    const fetched = ({ baseURL, apiKey }: Reference): Promise<Response> =>
      fetch(`${baseURL}/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${apiKey}`, 'x-openclaw-fault': 'status=503' },
        body: JSON.stringify({ messages: [{ role: 'user', content: 'hi' }] }),
      });
    expect((await fetched(gateway)).status).toBe(200);
    expect((await fetched(scope)).status).toBe(503);
  });

  it('the journal: every request and what became of it', async () => {
    await using gateway = await startReference();
    await ask(gateway, 'hi', { model: 'agent:beta' });
    await expect(ask({ ...gateway, apiKey: 'wrong' }, 'hi')).rejects.toThrow('401');
    await gateway.journal.waitForRequest({ status: 401, ended: true });
    expect(gateway.journal.entries().map(({ status, agent }) => [status, agent])).toEqual([
      [200, 'beta'],
      [401, null],
    ]);
  });

  it('sessions: what was said in each, and a new start', async () => {
    await using gateway = await startReference();
    await ask(gateway, 'hi', { user: 'dave' });
    expect(gateway.sessions.keys()).toEqual(['agent:main:openai-user:dave']);
    expect(gateway.sessions.read('agent:main:openai-user:dave')).toHaveLength(2);
    gateway.sessions.reset();
    expect(gateway.sessions.size).toBe(0);
  });
});

describe('scopes', () => {
  it('of fifty tests at the same time share a port and see nothing of each other', { timeout: 60_000 }, async () => {
    const turns = { match: { message: 'next' }, sequence: ['one', 429, 'three'] };
    await using gateway = await startReference({ replies: { turns } });
    await Promise.all(
      Array.from({ length: 50 }, async (_, n) => {
        await using scope = await gateway.scope();
        expect(scope.url).toBe(gateway.url);
        // The same user, the same name of a reply, and one fault in each.
        scope.replies.put('mine', { text: `reply ${n}` });
        scope.faults.add({ status: 500 + n });
        await expect(ask(scope, 'hi', { user: 'dave' })).rejects.toMatchObject({ status: 500 + n });
        expect(await ask(scope, `Remember the code word: word-${n}`, { user: 'dave' })).toBe('OK, I will remember it.');
        expect(await ask(scope, 'Which code word did I tell you?', { user: 'dave' })).toBe(
          `The code word is word-${n}.`,
        );
        expect(await ask(scope, 'play:mine')).toBe(`reply ${n}`);
        expect(await ask(scope, 'next')).toBe('one');
        await expect(ask(scope, 'next')).rejects.toMatchObject({ status: 429 });
        expect(await ask(scope, 'next')).toBe('three');
        expect(scope.sessions.keys()).toEqual(['agent:main:openai-user:dave']);
        expect(scope.journal.entries().map(({ status }) => status)).toEqual([500 + n, 200, 200, 200, 200, 429, 200]);
      }),
    );
    expect(gateway.sessions.size).toBe(0);
    expect(gateway.journal.entries()).toEqual([]);
    expect(await ask(gateway, 'next')).toBe('one');
    expect(await ask(gateway, 'play:mine')).toBe('There is no reply named "mine".');
    expect(await ask(gateway, 'Which code word did I tell you?', { user: 'dave' })).toBe('NONE');
  });

  it('have options of their own, and otherwise those of their gateway', async () => {
    const backend: Backend = {
      async *run({ agent }) {
        yield { type: 'text', text: `${agent} of the backend` };
      },
    };
    await using gateway = await startReference({ agents: ['clerk'], auth: 'password' });
    await using scope = await gateway.scope({ backend });
    expect(await ask(scope, 'hi')).toBe('clerk of the backend');
    expect(await ask(gateway, 'hi')).toBe('You said: hi');
    await using open = await gateway.scope({ auth: 'none', edition: '2026.3.13' });
    expect(await ask(open, 'Which agent are you?', { model: 'openclaw:clerk' })).toBe('clerk');
  });

  it('are found by their header when a call bears another credential', async () => {
    await using gateway = await startReference();
    await using scope = await gateway.scope({ enabled: false });
    const path = `${scope.baseURL}/chat/completions`;
    const wrong = { authorization: 'Bearer wrong' };
    expect((await fetch(path, { method: 'POST', headers: { ...scope.headers, ...wrong } })).status).toBe(404);
    expect((await fetch(path, { method: 'POST', headers: wrong })).status).toBe(401);
  });

  it('are not looked for where there are none', async () => {
    const gateway = deployed();
    const url = await gateway.listen();
    const headers = { ...HEADERS, [SCOPE_HEADER]: 'any' };
    const response = await fetch(`${url}${PATH}`, { method: 'POST', headers, body: saying('hi') });
    expect(response.status).toBe(200);
    await gateway.close(0);
  });

  it('that are closed refuse every request, and the port stays open', async () => {
    await using gateway = await startReference();
    const scope = await gateway.scope();
    await scope.close();
    await expect(ask(scope, 'hi')).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    expect(await ask(gateway, 'hi')).toBe('You said: hi');
  });
});
