/**
 * Fields by which a caller tunes the model: which values are none. Fields of other names are nobody's concern.
 * Source: https://docs.openclaw.ai/gateway/openai-http-api#request-fields
 */

type Fields = Readonly<Record<string, unknown>>;

/** Least, most, and how that is said. */
const RANGES: Readonly<Record<string, readonly [number, number, string]>> = {
  temperature: [0, 2, 'between 0 and 2'],
  top_p: [0, 1, 'between 0 and 1'],
  frequency_penalty: [-2, 2, 'between -2.0 and 2.0'],
  presence_penalty: [-2, 2, 'between -2.0 and 2.0'],
};

const FORMATS: readonly unknown[] = ['text', 'json_object', 'json_schema'];
const MOST_STOPS = 4;

/**
 * What is wrong with the fields, as the caller is told; undefined when nothing is. Null is as good as absent.
 *
 * @param looked Whether these are looked at too.
 */
export function faultIn(
  fields: Fields,
  looked: { readonly stops: boolean; readonly tokens: boolean },
): string | undefined {
  return (
    (looked.tokens ? (tokensFault(fields, 'max_completion_tokens') ?? tokensFault(fields, 'max_tokens')) : undefined) ??
    formatFault(fields.response_format ?? undefined) ??
    (looked.stops ? stopFault(fields.stop ?? undefined) : undefined) ??
    rangeFault(fields) ??
    seedFault(fields.seed ?? undefined)
  );
}

function tokensFault(fields: Fields, name: string): string | undefined {
  const value = fields[name] ?? undefined;
  const sound = value === undefined || (Number.isSafeInteger(value) && Number(value) > 0);
  return sound ? undefined : `${name} must be a positive safe integer`;
}

function formatFault(format: unknown): string | undefined {
  if (format === undefined) return undefined;
  if (typeof format !== 'object' || format === null || Array.isArray(format)) {
    return 'Invalid response_format: response_format must be an object';
  }
  if ('type' in format && FORMATS.includes(format.type)) return undefined;
  return 'Invalid response_format: response_format.type must be text, json_object, or json_schema';
}

function stopFault(stop: unknown): string | undefined {
  if (stop === undefined || typeof stop === 'string') return undefined;
  if (!Array.isArray(stop)) return 'Invalid stop: stop must be a string or array of strings';
  if (stop.length > MOST_STOPS) return `Invalid stop: stop supports at most ${MOST_STOPS} sequences`;
  const sound = stop.every((one) => typeof one === 'string' && one !== '');
  return sound ? undefined : 'Invalid stop: stop entries must be non-empty strings';
}

function rangeFault(fields: Fields): string | undefined {
  for (const name in RANGES) {
    const value = fields[name] ?? undefined;
    if (value === undefined) continue;
    const [least, most, said] = RANGES[name]!;
    if (typeof value !== 'number' || !Number.isFinite(value)) return `\`${name}\` must be a finite number.`;
    if (value < least || value > most) return `\`${name}\` must be ${said}.`;
  }
  return undefined;
}

function seedFault(seed: unknown): string | undefined {
  if (seed === undefined || Number.isInteger(seed)) return undefined;
  return Number.isFinite(seed) ? '`seed` must be an integer.' : '`seed` must be a finite number.';
}
