import supertest from 'supertest';
import { afterAll, expect, test } from 'vitest';
import type { Agent } from '../options.ts';
import { deployed, HEADERS, PATH, saying, scripted, TOKEN } from '../testing/deployed.ts';
import { RunFailure, type Backend, type Run } from './backend.ts';
import { upstreamBackend } from './upstream.ts';

const PATIENCE = { timeout: 20_000 };

/** The provider is the reference itself; what it is asked is written down. */
const asked: Run[] = [];
const aborted: string[] = [];
const recording: Backend = {
  run(run, signal) {
    asked.push(run);
    signal.addEventListener('abort', () => aborted.push(run.prompt));
    return scripted.run(run, signal);
  },
};
const behind = deployed({ backend: recording });
const url = `${await behind.listen()}/v1`;
afterAll(() => behind.close(0));

const AGENTS: readonly Agent[] = [
  { id: 'main', default: true },
  { id: 'beta', default: false, model: 'openclaw:beta' },
];
const env = { OPENAI_API_KEY: TOKEN };
const backend = upstreamBackend({ url, model: 'openclaw', agents: AGENTS, env });
const never = new AbortController().signal;

function runOf(prompt: string, more: Partial<Run> = {}): Run {
  return { id: 'chatcmpl_1', agent: 'main', sessionKey: 'k', instructions: '', history: [], prompt, ...more };
}

test('a run is a streamed call with instructions, history and prompt, its usage and finish reason taken over', async () => {
  const history = [
    { role: 'user', text: 'U1' },
    { role: 'assistant', text: 'A1' },
  ] as const;
  const events = await Array.fromAsync(
    backend.run(runOf('play:usage play:length', { instructions: 'be brief', history }), never),
  );
  expect(events.flatMap((event) => (event.type === 'text' ? [event.text] : [])).join('')).toBe(
    'This answer was cut in the mid',
  );
  expect(events).toContainEqual({ type: 'finish', reason: 'length' });
  expect(events.some((event) => event.type === 'usage')).toBe(true);
  expect(asked.at(-1)?.instructions).toBe('be brief');
  expect(asked.at(-1)?.prompt).toContain('User: U1\nAssistant: A1\n');
});

test('tools go along, and what the provider calls comes back', async () => {
  const tools = [{ name: 'get_time', description: 'the time', parameters: { properties: { zone: { const: 'UTC' } } } }];
  const events = await Array.fromAsync(backend.run(runOf('hi', { tools, toolChoice: 'get_time' }), never));
  expect(asked.at(-1)).toMatchObject({ tools, toolChoice: 'get_time' });
  expect(events[0]).toEqual({ type: 'call', index: 0, id: expect.stringMatching(/^call_/), name: 'get_time' });
  const pieces = events.flatMap((event) => (event.type === 'arguments' ? [event.text] : []));
  expect(pieces.join('')).toBe('{"zone":"UTC"}');
  expect(events).toContainEqual({ type: 'finish', reason: 'tool_calls' });
});

test('cached tokens are taken over', async () => {
  expect(await Array.fromAsync(backend.run(runOf('play:usage'), never))).toContainEqual({
    type: 'usage',
    input: 42,
    output: 17,
    cached: 5,
  });
});

test('each agent asks for its own model', async () => {
  const events = await Array.fromAsync(backend.run(runOf('Which agent are you?', { agent: 'beta' }), never));
  expect(events[0]).toEqual({ type: 'text', text: 'beta' });
});

test.each([
  ['before it speaks, with its status', 401, 'wrong', 'hi'],
  ['in the middle of its stream, where there is no status', 502, TOKEN, 'play:fail-after-text'],
])('a provider that fails %s is a RunFailure', async (_when, status, key, prompt) => {
  const failing = upstreamBackend({ url, model: 'openclaw', agents: AGENTS, env: { OPENAI_API_KEY: key } });
  const failure = await Array.fromAsync(failing.run(runOf(prompt), never)).catch((thrown: unknown) => thrown);
  expect(failure).toBeInstanceOf(RunFailure);
  expect(failure).toMatchObject({ status });
});

test('x-openclaw-model is asked for instead of the agent’s own, and refused when no agent has such a provider', async () => {
  const agents = [{ id: 'main', default: true, model: 'kit/plain' }] as const;
  const http = supertest(deployed({ backend, agents }).callback());
  const post = (model: string): supertest.Test =>
    http.post(PATH).set(HEADERS).set('x-openclaw-model', model).send(saying('play:one-word'));
  await post('openclaw:beta').expect(200);
  expect(asked.at(-1)?.agent).toBe('beta');
  await post('nosuch/x').expect(404, { error: { message: 'Unknown model: nosuch/x', type: 'invalid_request_error' } });
});

test('a provider that is not there is a RunFailure', async () => {
  const nowhere = upstreamBackend({ url: 'http://127.0.0.1:1/v1', model: 'm', agents: AGENTS, env });
  await expect(Array.fromAsync(nowhere.run(runOf('hi'), never))).rejects.toMatchObject({ status: 502 });
});

test('an abort of the client is passed on to the provider', async () => {
  const leaving = new AbortController();
  const events = Array.fromAsync(backend.run(runOf('play:hang now'), leaving.signal));
  await expect.poll(() => asked.at(-1)?.prompt, PATIENCE).toBe('play:hang now');
  leaving.abort();
  await events;
  await expect.poll(() => aborted, PATIENCE).toContain('play:hang now');
});

test('behind the gateway a conversation is remembered', async () => {
  const http = supertest(deployed({ backend }).callback());
  const ask = async (text: string): Promise<string> => {
    const answer = await http
      .post(PATH)
      .set(HEADERS)
      .send(saying(text, { user: 'u' }));
    return answer.body.choices[0].message.content;
  };
  await ask('Remember this code word: omega.');
  expect(await ask('Which code word did I tell you?')).toBe('The code word is omega.');
});

test('without a key, or a model for an agent, it says so', () => {
  expect(() => upstreamBackend({ agents: AGENTS, env: {} })).toThrow('expected a key in OPENAI_API_KEY, got none.');
  expect(() => upstreamBackend({ agents: AGENTS, env })).toThrow('expected a model for agent main, got none.');
});
