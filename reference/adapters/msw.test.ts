import { setupServer } from 'msw/node';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cases } from '../../conformance/chapters/index.ts';
import { DEFAULTS, type Target } from '../../conformance/dial/target.ts';
import { judge } from '../../conformance/judging/judge.ts';
import { AGENTS, deploymentsAt } from '../../conformance/lab/deployments.ts';
import { observed } from '../../conformance/lab/provider/observed-backend.ts';
import { loadReplies } from '../backends/scripted/replies.ts';
import { scriptedBackend } from '../backends/scripted/scripted.ts';
import { referenceHandlers, type MountedReference } from './msw.ts';

const server = setupServer();
beforeAll(() => server.listen({ onUnhandledFrame: 'error' }));
afterEach(() => server.resetHandlers());
afterAll(() => server.close());

async function mounted(options: Parameters<typeof referenceHandlers>[0] = {}): Promise<MountedReference> {
  const gateway = await referenceHandlers(options);
  server.use(...gateway.handlers);
  return gateway;
}

const call = (content: string) => ({ model: 'openclaw:beta', messages: [{ role: 'user' as const, content }] });

describe('a reference without a port', () => {
  it('answers the official SDK, streaming and not', async () => {
    const { baseURL, apiKey } = await mounted();
    const client = new OpenAI({ baseURL, apiKey });
    const whole = await client.chat.completions.create(call('play:sentence'));
    expect(whole.choices[0]?.message.content).toBe('The quick brown fox jumps.');
    const stream = await client.chat.completions.create({ ...call('play:sentence'), stream: true });
    const chunks = await Array.fromAsync(stream);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('The quick brown fox jumps.');
  });

  it('answers at any origin that it is given, in scopes too, and refuses another key', async () => {
    const gateway = await mounted({ origin: 'https://openclaw.example', auth: 'password' });
    const scope = await gateway.scope();
    expect(scope.baseURL).toBe('https://openclaw.example/v1');
    for (const { baseURL, apiKey } of [gateway, scope]) {
      const client = new OpenAI({ baseURL, apiKey });
      const { choices } = await client.chat.completions.create(call('Which agent are you?'));
      expect(choices[0]?.message.content).toBe('beta');
    }
    const stranger = new OpenAI({ baseURL: gateway.baseURL, apiKey: 'wrong' });
    await expect(stranger.chat.completions.create(call('hi'))).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  });

  it('sends in pieces, and stops the run when the client leaves', async () => {
    const { baseURL, apiKey, journal } = await mounted();
    const client = new OpenAI({ baseURL, apiKey });
    const stream = await client.chat.completions.create({ ...call('play:speak-then-hang'), stream: true });
    for await (const { choices } of stream) if (choices[0]?.delta.content) break;
    await journal.waitForRequest({ agent: 'beta', abortedBy: 'client', ended: true });
  });

  it.each(['cut', 'reset'] as const)('breaks a stream by the fault %s, and the client is told', async (fault) => {
    const { baseURL, apiKey, faults, journal } = await mounted();
    faults.add({ [fault]: 3 });
    const client = new OpenAI({ baseURL, apiKey });
    const stream = await client.chat.completions.create({ ...call('play:sentence'), stream: true });
    let text = '';
    const read = async (): Promise<void> => {
      for await (const { choices } of stream) text += choices[0]?.delta.content ?? '';
    };
    await expect(read()).rejects.toThrow();
    expect('The quick brown fox jumps.'.startsWith(text)).toBe(true);
    await journal.waitForRequest({ abortedBy: 'fault' });
  });

  it('breaks the connection before it answers, and the call fails', async () => {
    const { baseURL, apiKey, faults } = await mounted();
    faults.add({ cut: 0, times: 1 });
    const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
    await expect(client.chat.completions.create(call('hi'))).rejects.toThrow();
    expect((await client.chat.completions.create(call('play:one-word'))).choices[0]?.message.content).toBe('Hello');
  });

  it('breaks off what still runs when it is closed', async () => {
    const gateway = await mounted();
    const client = new OpenAI({ baseURL: gateway.baseURL, apiKey: gateway.apiKey });
    const stream = await client.chat.completions.create({ ...call('play:speak-then-hang'), stream: true });
    const reading = Array.fromAsync(stream);
    await gateway.close();
    await expect(reading).rejects.toThrow();
  });
});

describe('the suite', async () => {
  const backend = observed(scriptedBackend(await loadReplies()));
  const deployments = await Promise.all(
    deploymentsAt(DEFAULTS.edition, ['token', 'password', 'none', 'disabled', 'default']).map(async (row) => {
      const { name, config, auth, credential } = row;
      const gateway = await referenceHandlers({ origin: `http://${name}.test`, config, backend });
      return { gateway, deployment: { name, auth, credential, baseUrl: gateway.url } };
    }),
  );
  const [first, ...others] = deployments.map(({ deployment }) => deployment);
  const target: Target = {
    ...DEFAULTS,
    name: 'the reference without a port',
    deployments: [first!, ...others],
    agents: AGENTS,
    scripted: true,
    probe: backend.probe,
  };
  // A raw socket does not go through fetch, and not through MSW.
  const byFetch = cases.filter(({ catches }) => Object.values(catches).every((mutant) => typeof mutant === 'function'));

  it('finds nothing wrong with it', { timeout: 120_000 }, async () => {
    server.use(...deployments.flatMap(({ gateway }) => gateway.handlers));
    const judged = await Array.fromAsync(judge(byFetch, target));
    const verdicts = judged.map(({ verdict, id, reason }) => ({ verdict, id, reason }));
    expect(verdicts.filter(({ verdict }) => !['pass', 'note', 'skip'].includes(verdict))).toEqual([]);
    expect(verdicts.filter(({ verdict }) => verdict === 'pass').length).toBeGreaterThan(100);
  });
});
