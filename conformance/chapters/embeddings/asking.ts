/** Calls of embeddings, what is expected of an answer, and liars about them alone. */

import type { Dial, Send } from '../../dial/dial.ts';
import { expect } from '../../dial/expectation.ts';
import type { Liar } from '../../dial/mutant.ts';
import { described, jsonOf } from '../../dial/reading.ts';
import * as lie from '../../vocabulary/liars.ts';
import type { Exchange } from '../../wire/exchange.ts';

const PATH = '/v1/embeddings';

/** A call for the default agent, unless the fields say another. */
export const embed = (dial: Dial, fields: object, send: Send = {}): Promise<Exchange> =>
  dial.send({ model: `openclaw/${dial.agents[0]}`, ...fields }, { path: PATH, ...send });

/** The vectors of an answer, as numbers. @throws {Violation} unless there are so many, each with its index and not empty. */
export function vectorsIn(exchange: Exchange, count: number): readonly (readonly number[])[] {
  expect(exchange.status === 200, 'an answer, 200', described(exchange));
  const { object, data } = jsonOf(exchange) ?? {};
  const list: readonly unknown[] = Array.isArray(data) ? data : [];
  expect(object === 'list' && list.length === count, `a list of ${count}`, described(exchange));
  return list.map((entry, at) => {
    const {
      object: kind,
      index,
      embedding,
    } = (entry ?? {}) as { object?: unknown; index?: unknown; embedding?: unknown };
    const vector: readonly unknown[] = Array.isArray(embedding) ? embedding : [];
    const sound = vector.length > 0 && vector.every((one) => typeof one === 'number');
    expect(
      kind === 'embedding' && index === at && sound,
      `an embedding of numbers with index ${at}`,
      described(exchange),
    );
    return vector as readonly number[];
  });
}

/** Of two vectors for one text: a model gives nearly the same, and nothing like it for another text. */
export const areNear = (one: readonly number[] = [], other: readonly number[] = []): boolean =>
  one.length === other.length && one.every((value, at) => Math.abs(value - other[at]!) < 1e-3);

/** Lies about calls of embeddings. */
export const embedding =
  (liar: Liar): Liar =>
  (request, faithful) =>
    new URL(request.url).pathname === PATH ? liar(request, faithful) : faithful(request);

/** Edits what is answered to a call of embeddings. */
export const answered = (edit: (body: lie.Json, asked: lie.Json) => lie.Json): Liar =>
  embedding(async (request, faithful) => {
    const asked: lie.Json = await lie.bodyOf(request);
    return lie.completion((body) => edit(body, asked))(request, faithful);
  });

/** Edits what is asked. */
export const asked = (edit: (body: lie.Json) => lie.Json): Liar => embedding(lie.asks(edit));

/** A gateway whose embeddings answer 500. */
export const crashing: Liar = embedding(async () =>
  lie.answer(500, { error: { message: 'internal error', type: 'api_error' } }),
);

/** A sound answer. */
export const served = (): Response =>
  lie.answer(200, {
    object: 'list',
    data: [{ object: 'embedding', index: 0, embedding: [1, 0] }],
    model: 'openclaw',
    usage: { prompt_tokens: 1, total_tokens: 1 },
  });

/** Lies about calls of embeddings that are answered with that status. */
export const instead = (status: number, answer: () => Response): Liar => embedding(lie.insteadOf(status, answer));
