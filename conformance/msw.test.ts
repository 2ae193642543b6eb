import { setupServer } from 'msw/node';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { cases } from './chapters/index.ts';
import type { Liar } from './dial/mutant.ts';
import { execute } from './judging/judge.ts';
import { startEmbedded } from './lab/embedded.ts';
import { mutantHandlers, mutantOf, mutantsOf } from './msw.ts';
import { endingOf } from './testing/witnesses.ts';
import { raw } from './vocabulary/liars.ts';

const embedded = await startEmbedded({ patience: 7000 });
const { target } = embedded;
const [{ baseUrl, credential }] = target.deployments;

const server = setupServer();
beforeAll(() => server.listen({ onUnhandledFrame: 'bypass' }));
afterEach(() => server.resetHandlers());
afterAll(async () => {
  server.close();
  await embedded.close();
});

/** A mutant of a requirement in front of every deployment. */
function mount(id: string, name: string): void {
  const mutant = mutantOf(id, name);
  server.use(...target.deployments.flatMap((one) => mutantHandlers(one.baseUrl, mutant)));
}

/** A new SDK: it captures the global fetch when it is created. */
const sdk = (): OpenAI => new OpenAI({ baseURL: `${baseUrl}/v1`, apiKey: credential!, maxRetries: 0, logLevel: 'off' });
const call = { model: 'openclaw', messages: [{ role: 'user' as const, content: 'hello' }] };
const HEADERS = { authorization: `Bearer ${credential}`, 'content-type': 'application/json' };
const post = (): Promise<Response> =>
  fetch(`${baseUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: HEADERS,
    body: JSON.stringify({ ...call, stream: true }),
  });

describe('a mutant through setupServer', () => {
  test('a mutant stands in front of the official SDK', async () => {
    mount('completions.role', Object.keys(mutantsOf('completions.role'))[0]!);
    const completion = await sdk().chat.completions.create(call);
    expect(completion.choices[0]!.message.role).not.toBe('assistant');
  });

  test('a mutant stands in front of plain fetch, which sees what the SDK tolerates', async () => {
    mount('streaming.done', 'forgets the sentinel');
    const reply = await post();
    expect(reply.headers.get('content-type')).toContain('text/event-stream');
    expect(await reply.text()).not.toContain('[DONE]');
    const stream = await sdk().chat.completions.create({ ...call, stream: true });
    expect(await Array.fromAsync(stream)).not.toHaveLength(0);
  });

  test('a mutant breaks a stream in the middle, and the client gets an error', async () => {
    let read = Promise.withResolvers<void>();
    const broken: Liar = async () => {
      read = Promise.withResolvers();
      const pieces = [`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'hi' } }] })}\n\n`];
      const body = new ReadableStream({
        async pull(controller) {
          const piece = pieces.pop();
          if (piece !== undefined) return controller.enqueue(new TextEncoder().encode(piece));
          await read.promise;
          controller.error(new TypeError('cut'));
        },
      });
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
    };
    server.use(...mutantHandlers(baseUrl, broken));
    const readAll = async (pieces: AsyncIterable<unknown>): Promise<void> => {
      for await (const _ of pieces) read.resolve();
    };
    await expect(readAll((await post()).body!)).rejects.toThrow('terminated');
    await expect(readAll(await sdk().chat.completions.create({ ...call, stream: true }))).rejects.toThrow('terminated');
  });

  test('a mutant stands in front of a gateway made by the test, without a port', async () => {
    const nowhere = 'http://gateway.test';
    const faithful = async (): Promise<Response> => Response.json({ error: 'not reached' });
    server.use(...mutantHandlers(`${nowhere}/v1`, (request, passOn) => passOn(request), faithful));
    expect(await (await fetch(`${nowhere}/v1/chat/completions`)).json()).toEqual({ error: 'not reached' });
  });

  test.each([
    ['endpoint.post-only'],
    ['authentication.missing'],
    ['authentication.near-miss.case'],
    ['agents.openclaw-prefix'],
    ['sessions.user'],
    ['sessions.key-wins.user-left'],
    ['requests.history'],
    ['requests.no-message.empty'],
    ['completions.one-choice'],
    ['completions.usage'],
    ['streaming.event-lines'],
    ['streaming.done'],
    ['streaming.role-first'],
    ['streaming.incremental'],
    ['streaming.abort.non-streaming'],
    ['errors.envelope.bad-request'],
  ])('the mutants of %s are caught through MSW by the same case', { timeout: 60_000 }, async (id) => {
    const one = cases.find((candidate) => candidate.id === id)!;
    expect((await execute(one, target)).ending).toMatchObject({ kind: 'held' });
    for (const name of Object.keys(mutantsOf(id))) {
      mount(id, name);
      expect({ name, ...(await endingOf(one, target)) }).toMatchObject({ name, kind: 'violated' });
      server.resetHandlers();
    }
  });
});

describe('a mutant that is not there', () => {
  test('an unknown mutant is refused in one line that lists the known ones', () => {
    expect(() => mutantOf('streaming.dome', 'x')).toThrow(
      'Failed to find mutants: expected the id of a requirement, got streaming.dome. See CONTRACT.md.',
    );
    expect(() => mutantOf('streaming.done', 'constructor')).toThrow(
      /expected one of forgets the sentinel; .*, got constructor\./,
    );
    expect(() =>
      mutantHandlers(
        baseUrl,
        raw(async () => ({ bytes: '', end: 'closed', ms: 0 })),
      ),
    ).toThrow('raw socket');
  });
});
