/** Embeddings of a real OpenAI-compatible provider. */

import { z } from 'zod';
import { RunFailure, type Embedding } from './backend.ts';

const Answer = z.object({ data: z.array(z.object({ index: z.number().optional(), embedding: z.array(z.number()) })) });

/** The provider, and how many bytes of its answer are taken in. */
interface Place {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: number;
}

/**
 * The vectors of texts, in their order.
 *
 * @throws {RunFailure} when the provider refuses, says too much or gives another number of vectors; other errors when it
 *   cannot be reached, or gives what is no list of vectors.
 */
export async function embeddingsFrom(
  { url, headers, bytes }: Place,
  { model, texts, dimensions }: Embedding,
  signal: AbortSignal,
): Promise<readonly (readonly number[])[]> {
  const response = await fetch(`${url.replace(/\/$/, '')}/embeddings`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Accept-Encoding': 'identity', ...headers },
    body: JSON.stringify({ model, input: texts, ...(dimensions !== undefined && { dimensions }) }),
    // Texts go where they were sent to.
    redirect: 'manual',
    signal,
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new RunFailure(response.status < 400 ? 502 : response.status, `${response.status}`);
  }
  const pieces: Uint8Array[] = [];
  let left = bytes;
  for await (const piece of (response.body as ReadableStream<Uint8Array> | null) ?? []) {
    left -= piece.length;
    if (left < 0) throw new RunFailure(502, `Expected at most ${bytes} bytes of the provider, got more.`);
    pieces.push(piece);
  }
  const { data } = Answer.parse(JSON.parse(Buffer.concat(pieces).toString()));
  if (data.length !== texts.length) throw new RunFailure(502, `Expected ${texts.length} vectors, got ${data.length}.`);
  return data.toSorted((a, b) => (a.index ?? 0) - (b.index ?? 0)).map(({ embedding }) => embedding);
}
