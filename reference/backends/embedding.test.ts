import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { embeddingsFrom } from './embedding.ts';

let server: Server | undefined;
afterEach(() => void server?.close());

const asked: unknown[] = [];
async function vectors(status: number, text: string, dimensions?: number): Promise<readonly (readonly number[])[]> {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => (body += String(piece)));
    request.on('end', () => {
      asked.push([request.url, request.headers.authorization, JSON.parse(body)]);
      response.writeHead(status).end(text);
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server!.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/`;
  const place = { url, headers: { Authorization: 'Bearer k' }, bytes: 500 };
  const call = { agent: 'main', model: 'm', texts: ['a', 'b'], dimensions };
  return await embeddingsFrom(place, call, new AbortController().signal);
}
const answer = (...data: object[]): string => JSON.stringify({ data });

test('texts are asked for in one call, and vectors come in the order of the texts', async () => {
  const data = answer({ index: 1, embedding: [2] }, { index: 0, embedding: [1] });
  expect(await vectors(200, data, 6)).toEqual([[1], [2]]);
  expect(asked).toEqual([['/v1/embeddings', 'Bearer k', { model: 'm', input: ['a', 'b'], dimensions: 6 }]]);
});

test.each([
  ['refuses', 429, '{}', '429'],
  ['sends elsewhere', 302, '{}', '302'],
  ['gives too few', 200, answer({ embedding: [1] }), 'Expected 2 vectors, got 1.'],
  [
    'says too much',
    200,
    answer({ embedding: Array(300).fill(1) }),
    'Expected at most 500 bytes of the provider, got more.',
  ],
])('a provider that %s fails the call', async (_, status, text, message) => {
  await expect(vectors(status, text)).rejects.toThrow(message);
});
