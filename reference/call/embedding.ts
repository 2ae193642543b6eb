/**
 * What a call of embeddings asks: which texts, how long the vectors are to be, and in which form they are sent.
 * Source: https://docs.openclaw.ai/gateway/openai-http-api#model-list-and-agent-routing
 */

import { badField, foreignEmbedder, foreignModel, noEmbedder, noModel, wrongType } from '../errors.ts';
import type { EmbeddingSetup } from '../options.ts';
import { isFields, typeName } from './request.ts';

/** At most so many texts of so many characters, and so many characters in all. */
export const MOST = { texts: 128, characters: 8192, total: 65_536 };

/** A call that may be answered. */
export interface EmbeddingCall {
  readonly model: string;
  readonly texts: readonly string[];
  /** Undefined where the call does not say. */
  readonly dimensions: number | undefined;
  /** Whether vectors are sent as base64 of 32-bit floats, little end first. */
  readonly packed: boolean;
}

/**
 * Reads a call.
 *
 * @throws {Refusal} 400.
 */
export function readEmbeddingCall(body: unknown): EmbeddingCall {
  if (body !== undefined && !isFields(body)) throw wrongType('', 'object', typeName(body));
  const { model, input, encoding_format: format = 'float', dimensions, user } = body ?? {};
  if (model !== undefined && typeof model !== 'string') throw wrongType('model', 'string', typeName(model));
  const texts = typeof input === 'string' ? [input] : input;
  if (texts !== undefined && !areTexts(texts)) throw badField('input: Invalid input');
  if (format !== 'float' && format !== 'base64') {
    throw badField('encoding_format: Invalid option: expected one of "float"|"base64"');
  }
  const length = dimensionsIn(dimensions);
  if (user !== undefined && typeof user !== 'string') throw wrongType('user', 'string', typeName(user));
  const asked = model?.trim() ?? '';
  if (asked === '') throw noModel();
  if (!/^(?:openclaw$|openclaw[:/]|agent:)/i.test(asked)) throw foreignModel();
  if (texts === undefined) throw badField('`input` must be a string or an array of strings.');
  const fault = faultIn(texts);
  if (fault !== undefined) throw badField(fault);
  return { model: asked, texts, dimensions: length, packed: format === 'base64' };
}

/**
 * The embedding model that a call is answered by: the one in `x-openclaw-model`, or the configured one.
 *
 * @throws {Refusal} 400 for another provider than the configured one, or for half a name.
 */
export function embedderFor({ provider, model }: EmbeddingSetup, asked: string): string {
  const named = asked === '' ? model : asked;
  const slash = named.indexOf('/');
  if (slash === -1) return named;
  const wanted = named.slice(slash + 1).trim();
  if (wanted === '') throw noEmbedder();
  if (named.slice(0, slash).trim().toLowerCase() !== provider) throw foreignEmbedder();
  return wanted;
}

function dimensionsIn(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number') throw wrongType('dimensions', 'number', typeName(value));
  if (!Number.isInteger(value)) throw wrongType('dimensions', 'int', 'number');
  if (value <= 0) throw badField('dimensions: Too small: expected number to be >0');
  if (Number.isSafeInteger(value)) return value;
  throw badField(`dimensions: Too big: expected int to be <=${Number.MAX_SAFE_INTEGER}`);
}

function faultIn(texts: readonly string[]): string | undefined {
  if (texts.length === 0 || texts.includes('')) return '`input` must contain at least one non-empty string.';
  if (texts.length > MOST.texts) return `Too many inputs (max ${MOST.texts}).`;
  if (texts.some(({ length }) => length > MOST.characters)) return `Input too long (max ${MOST.characters} chars).`;
  const total = texts.reduce((sum, { length }) => sum + length, 0);
  return total > MOST.total ? `Total input too large (max ${MOST.total} chars).` : undefined;
}

function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
