import { fileURLToPath } from 'node:url';
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { loadReplies } from '../backends/scripted/replies.ts';
import { scriptedBackend } from '../backends/scripted/scripted.ts';
import { deployed, TOKEN } from './deployed.ts';

const replies = await loadReplies(fileURLToPath(new URL('../../fixtures/examples', import.meta.url)));

test('each example of a reply does what it says', { timeout: 60_000 }, async () => {
  const gateway = deployed({ backend: scriptedBackend(replies) });
  const client = new OpenAI({ baseURL: `${await gateway.listen()}/v1`, apiKey: TOKEN });
  const ask = async (content: string, more: object = {}): Promise<string | null> => {
    const body = { model: 'openclaw', messages: [{ role: 'user' as const, content }], ...more };
    return (await client.chat.completions.create(body)).choices[0]!.message.content;
  };
  try {
    // The SDK tries again by itself, twice.
    expect(await ask('be patient', { user: 'a' })).toBe('Thank you for your patience.');
    await expect(
      client.chat.completions.create(
        { model: 'openclaw', messages: [{ role: 'user', content: 'be patient' }], user: 'b' },
        { maxRetries: 1 },
      ),
    ).rejects.toThrow('429');
    expect(await ask('slowly, please', { user: 'a' })).toBe('main takes its time in turn 2 of this conversation.');
    const stream = client.chat.completions.stream({
      model: 'openclaw',
      messages: [{ role: 'user', content: 'a long story' }],
    });
    let heard = '';
    await expect(async () => {
      for await (const chunk of stream) heard += chunk.choices[0]?.delta.content ?? '';
    }).rejects.toThrow();
    expect(heard).toBe('Once upon a time');
    const runner = client.chat.completions.runTools({
      model: 'openclaw',
      messages: [{ role: 'user', content: 'How is the weather?' }],
      tools: [
        {
          type: 'function',
          function: {
            name: 'get_weather',
            description: 'the weather in a city',
            parameters: { type: 'object', properties: { city: { type: 'string' } } },
            parse: JSON.parse,
            function: ({ city }: { city: string }) => (city === 'Paris' ? '22 degrees' : 'unknown'),
          },
        },
      ],
    });
    expect(await runner.finalContent()).toBe('In Paris: 22 degrees.');
  } finally {
    await gateway.close(0);
  }
});
