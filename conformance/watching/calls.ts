/** Calls of the client's functions in one answer, whole or streamed. Each `expect` throws a `Violation`, or returns. */

import { expect, expectEqual } from '../dial/expectation.ts';
import { finishIn, type Said, type Unjudged } from '../dial/reading.ts';
import type { Seen } from './seen.ts';

/** A call as a message has it. */
export interface Called {
  readonly id: unknown;
  readonly type: unknown;
  readonly function: { readonly name: unknown; readonly arguments: unknown };
}

/** The pieces of calls in a stream, in order. */
export function piecesIn(chunks: readonly Said[]): Unjudged[] {
  return chunks.flatMap(({ chunk }): Unjudged[] => {
    const pieces: unknown = chunk.choices?.[0]?.delta?.tool_calls;
    return Array.isArray(pieces) ? pieces : [];
  });
}

/** The calls of an answer, those of a stream joined as the SDK joins them. */
export function callsIn(seen: Seen): Called[] {
  if (seen.isStream) return joined(piecesIn(seen.chunks));
  const calls: unknown = seen.completion?.choices[0]?.message?.tool_calls;
  return Array.isArray(calls) ? calls : [];
}

function joined(pieces: readonly Unjudged[]): Called[] {
  const calls = new Map<unknown, { id: unknown; type: unknown; function: { name: unknown; arguments: unknown } }>();
  for (const piece of pieces) {
    const { index, id, type, function: { name, arguments: text } = {} } = piece ?? {};
    const call = calls.get(index) ?? { id, type, function: { name, arguments: '' } };
    calls.set(index, call);
    if (typeof text === 'string') call.function.arguments = `${String(call.function.arguments)}${text}`;
  }
  return [...calls.values()];
}

/** Why the answer ended; undefined when it does not say. */
export function endOf(seen: Seen): unknown {
  if (!seen.isStream) return seen.completion?.choices[0]?.finish_reason;
  return seen.chunks.map(finishIn).findLast((reason) => reason !== undefined);
}

/** Whole calls: an id of its own, a type, a name, and arguments that are JSON as text. */
export function expectCalls(calls: readonly Unjudged[]): void {
  for (const call of calls) {
    expect(isText(call?.id), 'a call to have an id', call);
    expectEqual(call.type, 'function', 'a call of type');
    expect(isText(call.function?.name), 'a call to name its function', call);
    expectJson(call.function.arguments);
  }
  const ids = calls.map(({ id }): unknown => id);
  expect(new Set(ids).size === ids.length, 'every call to have an id of its own', ids);
}

/**
 * Pieces of calls: each with its index; the first of a call, and no other, with id, type and name; their arguments join to
 * JSON. SDKs that join all texts of a call double what is said twice.
 */
export function expectPieces(pieces: readonly Unjudged[]): void {
  const known = new Set<unknown>();
  for (const piece of pieces) {
    const { index, id, type, function: { name, arguments: text } = {} } = piece ?? {};
    expect(Number.isInteger(index) && index >= 0, 'a piece of a call to have its index', piece);
    expect(typeof text === 'string' || isNothing(text), 'a piece of the arguments to be a text', piece);
    if (known.has(index)) {
      expect(isNothing(id) && isNothing(name), 'id and name in the first piece of a call alone', piece);
      expect(isNothing(type) || type === 'function', 'a call to be of type function', piece);
      continue;
    }
    known.add(index);
    expect(isText(id) && isText(name), 'the first piece of a call to have its id and name', piece);
    expectEqual(type, 'function', 'the first piece of a call with type');
  }
  expectCalls(joined(pieces));
}

/** An answer with calls says so by its finish reason. What was cut says that instead. */
export function expectCallEnd(seen: Seen): void {
  const end = endOf(seen);
  expect(end === 'tool_calls' || CUT.includes(end), 'finish_reason of an answer with calls to be tool_calls', end);
}

const CUT: readonly unknown[] = ['length', 'content_filter'];

/** Whether what came of the calls is all that was to come. */
export const isUncut = (seen: Seen): boolean => !seen.hasFailed && !CUT.includes(endOf(seen));

function expectJson(text: unknown): void {
  expect(typeof text === 'string', 'arguments to be a text', text);
  try {
    JSON.parse(text);
  } catch {
    expect(false, 'arguments to be JSON', text);
  }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isNothing = (value: unknown): boolean => value === undefined || value === null || value === '';
