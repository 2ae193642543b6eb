import { afterAll, beforeAll, expect, test } from 'vitest';
import { RunFailure, type Embedding } from '../backends/backend.ts';
import type { Gateway } from '../gateway.ts';
import { HEADERS, deployed, optionsOf, scripted } from '../testing/deployed.ts';

let gateway: Gateway;
let url: string;
beforeAll(async () => {
  gateway = deployed({}, 'embeddings');
  url = await gateway.listen();
});
afterAll(() => gateway.close(0));

const ask = async (body: object | string, headers: object = {}, at = url): Promise<[number, any]> => {
  const text = typeof body === 'string' ? body : JSON.stringify({ model: 'openclaw/main', ...body });
  const reply = await fetch(`${at}/v1/embeddings`, { method: 'POST', headers: { ...HEADERS, ...headers }, body: text });
  return [reply.status, await reply.json()];
};
const invalid = (message: string): object => ({ error: { message, type: 'invalid_request_error' } });

test('a text has one vector, and texts have theirs in order', async () => {
  const [status, one] = await ask({ input: 'alpha' });
  expect(status).toBe(200);
  expect(one).toEqual({
    object: 'list',
    data: [{ object: 'embedding', index: 0, embedding: expect.any(Array) }],
    model: 'openclaw/main',
    usage: { prompt_tokens: 0, total_tokens: 0 },
  });
  const [, two] = await ask({ input: ['beta', 'alpha'] });
  expect(two.data.map(({ index }: { index: number }) => index)).toEqual([0, 1]);
  expect(two.data[1].embedding).toEqual(one.data[0].embedding);
});

test('base64 is the same vector as 32-bit floats, little end first', async () => {
  const [, plain] = await ask({ input: 'alpha', dimensions: 6 });
  const [, packed] = await ask({ input: 'alpha', dimensions: 6, encoding_format: 'base64' });
  const bytes = Buffer.from(packed.data[0].embedding as string, 'base64');
  expect(Array.from({ length: 6 }, (_, at) => bytes.readFloatLE(4 * at))).toEqual(
    plain.data[0].embedding.map(Math.fround),
  );
});

const long = 'x'.repeat(8192);
test.each<[object | string, string]>([
  [{ model: undefined, input: 'a' }, 'Missing `model`.'],
  [{ model: 'gpt-4o', input: 'a' }, 'Invalid `model`. Use `openclaw` or `openclaw/<agentId>`.'],
  [{ model: 'openclaw/nosuch', input: 'a' }, "Unknown agent 'nosuch'."],
  [{ model: 7, input: 'a' }, 'model: Invalid input: expected string, received number'],
  ['[]', ': Invalid input: expected object, received array'],
  [{}, '`input` must be a string or an array of strings.'],
  [{ input: '' }, '`input` must contain at least one non-empty string.'],
  [{ input: [] }, '`input` must contain at least one non-empty string.'],
  [{ input: [1, 2] }, 'input: Invalid input'],
  [{ input: null }, 'input: Invalid input'],
  [{ input: Array(129).fill('a') }, 'Too many inputs (max 128).'],
  [{ input: `${long}x` }, 'Input too long (max 8192 chars).'],
  [{ input: [...Array<string>(8).fill(long), 'x'] }, 'Total input too large (max 65536 chars).'],
  [{ input: 'a', dimensions: 0 }, 'dimensions: Too small: expected number to be >0'],
  [{ input: 'a', dimensions: 1.5 }, 'dimensions: Invalid input: expected int, received number'],
  [{ input: 'a', dimensions: null }, 'dimensions: Invalid input: expected number, received null'],
  [{ input: 'a', encoding_format: 'hex' }, 'encoding_format: Invalid option: expected one of "float"|"base64"'],
])('a call with %j is refused', async (body, message) => {
  const [status, got] = await ask(body);
  expect(status).toBe(400);
  if (body !== '[]') expect(got).toEqual(invalid(message));
});

test.each([
  ['text-embedding-3-large', 200, 'text-embedding-3-large'],
  ['openai/text-embedding-3-large', 200, 'text-embedding-3-large'],
  [' ', 200, 'text-embedding-3-small'],
  ['openai/', 400, undefined],
  ['other/model', 400, undefined],
])('with x-openclaw-model: %j it is %i, by %s', async (asked, status, model) => {
  const seen: Embedding[] = [];
  const backend = {
    ...scripted,
    embed: async (wanted: Embedding) => {
      seen.push(wanted);
      return [[1]];
    },
  };
  const other = deployed({ ...optionsOf('embeddings'), backend });
  const [got] = await ask({ input: 'a' }, { 'x-openclaw-model': asked }, await other.listen());
  await other.close(0);
  expect([got, seen[0]?.model]).toEqual([status, model]);
});

test('without an embedding model, and when the provider fails, a sound call is a 500 that says no more', async () => {
  const failing = { ...scripted, embed: () => Promise.reject(new RunFailure(429, 'the key sk-1 is over its limit')) };
  for (const other of [deployed(), deployed({ ...optionsOf('embeddings'), backend: failing })]) {
    const at = await other.listen();
    expect(await ask({ input: 'a' }, {}, at)).toEqual([
      500,
      { error: { message: 'internal error', type: 'api_error' } },
    ]);
    expect((await ask({ input: '' }, {}, at))[0]).toBe(400);
    await other.close(0);
  }
  expect((await ask({ input: 'a', dimensions: 1_000_000_000 }))[0]).toBe(500);
});

test('it takes the secret, POST, and 5 MiB', async () => {
  expect((await fetch(`${url}/v1/embeddings`, { method: 'POST', body: '{}' })).status).toBe(401);
  const reply = await fetch(`${url}/v1/embeddings`, { headers: HEADERS });
  expect([reply.status, reply.headers.get('allow')]).toEqual([405, 'POST']);
  expect((await ask({ input: 'x'.repeat(5 * 1024 * 1024) }))[0]).toBe(413);
});
