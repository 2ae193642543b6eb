/**
 * Validates and reads the sampling parameters of a call. Unknown fields are ignored.
 * Source: https://docs.openclaw.ai/gateway/openai-http-api#request-fields
 */

import type { Parameters } from '../backends/backend.ts';
import type { Behaviour } from '../editions/editions.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Minimum, maximum, and the range as the error names it. */
export const RANGES: Readonly<Record<string, readonly [number, number, string]>> = {
  temperature: [0, 2, 'between 0 and 2'],
  top_p: [0, 1, 'between 0 and 1'],
  frequency_penalty: [-2, 2, 'between -2.0 and 2.0'],
  presence_penalty: [-2, 2, 'between -2.0 and 2.0'],
};

/** The types of `response_format`. */
export const FORMATS: readonly unknown[] = ['text', 'json_object', 'json_schema'];
/** How many `stop` may have. */
export const MAX_STOPS = 4;

const AS_THEY_ARE = [
  'temperature',
  'top_p',
  'frequency_penalty',
  'presence_penalty',
  'seed',
  'response_format',
] as const;

/**
 * The parameters of a call for which `errorIn` is undefined, zeros among them; undefined when it has none. Null counts
 * as absent.
 *
 * @param stops Whether `stop` is forwarded.
 * @param bareSchema Whether the format `json_schema` is forwarded without a schema. Default: `forwarded`.
 */
export function parametersOf(
  fields: Fields,
  stops: boolean,
  bareSchema: Behaviour['bareSchema'] = 'forwarded',
): Parameters | undefined {
  const given: Record<string, unknown> = {};
  for (const name of AS_THEY_ARE) if ((fields[name] ?? undefined) !== undefined) given[name] = fields[name];
  if (bareSchema === 'dropped' && isBare(given.response_format)) delete given.response_format;
  // Editions that do not validate the limits forward one that is no limit to no provider.
  const most = fields.max_completion_tokens ?? fields.max_tokens;
  if (Number.isSafeInteger(most) && Number(most) > 0) given.max_completion_tokens = most;
  const stop = stops ? [fields.stop ?? []].flat() : [];
  if (stop.length > 0) given.stop = stop;
  return Object.keys(given).length === 0 ? undefined : given;
}

/**
 * The message of the first error in the fields, for a 400; undefined when all are valid. Null counts as absent.
 *
 * @param validated Whether `stop`, and the two token limits, are validated as well: later releases do.
 */
export function errorIn(
  fields: Fields,
  validated: { readonly stops: boolean; readonly tokens: boolean },
): string | undefined {
  return (
    (validated.tokens
      ? (tokensError(fields, 'max_completion_tokens') ?? tokensError(fields, 'max_tokens'))
      : undefined) ??
    formatError(fields.response_format ?? undefined) ??
    (validated.stops ? stopError(fields.stop ?? undefined) : undefined) ??
    rangeError(fields) ??
    seedError(fields.seed ?? undefined)
  );
}

function tokensError(fields: Fields, name: string): string | undefined {
  const value = fields[name] ?? undefined;
  const sound = value === undefined || (Number.isSafeInteger(value) && Number(value) > 0);
  return sound ? undefined : `${name} must be a positive safe integer`;
}

function formatError(format: unknown): string | undefined {
  if (format === undefined) return undefined;
  if (typeof format !== 'object' || format === null || Array.isArray(format)) {
    return 'Invalid response_format: response_format must be an object';
  }
  if ('type' in format && FORMATS.includes(format.type)) return undefined;
  return 'Invalid response_format: response_format.type must be text, json_object, or json_schema';
}

function isBare(format: unknown): boolean {
  const { type, json_schema: schema } = (format ?? {}) as { type?: unknown; json_schema?: unknown };
  return type === 'json_schema' && (typeof schema !== 'object' || schema === null);
}

function stopError(stop: unknown): string | undefined {
  if (stop === undefined) return undefined;
  const entries: unknown = typeof stop === 'string' ? [stop] : stop;
  if (!Array.isArray(entries)) return 'Invalid stop: stop must be a string or array of strings';
  if (entries.length > MAX_STOPS) return `Invalid stop: stop supports at most ${MAX_STOPS} sequences`;
  const sound = entries.every((one) => typeof one === 'string' && one !== '');
  return sound ? undefined : 'Invalid stop: stop entries must be non-empty strings';
}

function rangeError(fields: Fields): string | undefined {
  for (const name in RANGES) {
    const value = fields[name] ?? undefined;
    if (value === undefined) continue;
    const [min, max, range] = RANGES[name]!;
    if (typeof value !== 'number' || !Number.isFinite(value)) return `\`${name}\` must be a finite number.`;
    if (value < min || value > max) return `\`${name}\` must be ${range}.`;
  }
  return undefined;
}

function seedError(seed: unknown): string | undefined {
  if (seed === undefined || Number.isInteger(seed)) return undefined;
  return Number.isFinite(seed) ? '`seed` must be an integer.' : '`seed` must be a finite number.';
}
