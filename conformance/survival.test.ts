/** The example of the README, as it stands there but for where it imports from. */
import { readFile } from 'node:fs/promises';
import { setupServer } from 'msw/node';
import OpenAI from 'openai';
import { afterAll, afterEach, expect, it } from 'vitest';
import { mutantHandlers, mutantOf } from './msw.ts';
import { startReference } from '../reference/index.ts';

const gateway = await startReference();

const server = setupServer();
server.listen({ onUnhandledFrame: 'bypass' });
afterEach(() => server.resetHandlers());
afterAll(async () => {
  server.close();
  await gateway.close();
});

it.each([
  ['streaming.done', 'forgets the sentinel'],
  ['streaming.event-lines', 'names its events'],
  ['streaming.role-first', 'no role'],
])('my client survives a gateway that breaks %s: it %s', async (requirement, mutant) => {
  server.use(...mutantHandlers(gateway.url, mutantOf(requirement, mutant)));
  const client = new OpenAI({ baseURL: gateway.baseURL, apiKey: gateway.apiKey });
  const messages = [{ role: 'user' as const, content: 'Which agent are you?' }];
  const stream = await client.chat.completions.create({ model: 'openclaw', messages, stream: true });
  let text = '';
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
  expect(text).toBe('main');
});

it('is the example of the README', async () => {
  const read = (path: string): Promise<string> => readFile(new URL(path, import.meta.url), 'utf8');
  const [readme, here] = await Promise.all([read('../README.md'), read('survival.test.ts')]);
  const [, example] = /^\/\/ survival\.test\.ts\n([^]*?)^```/m.exec(readme)!;
  const imported = example!
    .replace("'openclaw-compat-kit/msw'", "'./msw.ts'")
    .replace("'openclaw-compat-kit/reference'", "'../reference/index.ts'");
  expect(here).toContain(imported.trim());
});
