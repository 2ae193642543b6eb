import OpenAI from 'openai';
import { describe, expect, vi } from 'vitest';
import type { Reference } from './start.ts';
import { test } from './vitest.ts';

async function ask({ baseURL, apiKey }: Reference, content: string): Promise<string | null> {
  const client = new OpenAI({ baseURL, apiKey });
  const messages = [{ role: 'user' as const, content }];
  const { choices } = await client.chat.completions.create({ model: 'openclaw', messages, user: 'dave' });
  return choices[0]?.message.content ?? null;
}

const urls = new Set<string>();

describe.concurrent('tests at the same time', () => {
  test.for(['bramble', 'thistle', 'sorrel'])('share a port and no session: %s', async (word, { gateway }) => {
    urls.add(gateway.url);
    expect(urls.size).toBe(1);
    expect(await ask(gateway, 'Which code word did I tell you?')).toBe('NONE');
    await ask(gateway, `Remember the code word: ${word}`);
    expect(await ask(gateway, 'Which code word did I tell you?')).toBe(`The code word is ${word}.`);
  });
});

const other = test.extend({ gatewayOptions: { agents: ['clerk'] } });

other('a file says what its gateways are', async ({ gateway }) => {
  expect(await ask(gateway, 'Which agent are you?')).toBe('clerk');
});

describe('a test that fails', () => {
  const shown: unknown[] = [];

  test('of which the requests are shown', { fails: true }, async ({ gateway }) => {
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => shown.push(text) > 0);
    await ask(gateway, 'hi');
    await fetch(gateway.url, { headers: gateway.headers });
    throw new Error('as it should');
  });

  test('tells what reached its gateway', () => {
    vi.restoreAllMocks();
    expect(shown).toEqual([
      'Requests of "of which the requests are shown":\n' +
        '  1 POST /v1/chat/completions 200 agent:main:openai-user:dave\n' +
        '  2 GET / 404\n',
    ]);
  });
});
