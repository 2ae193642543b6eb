/**
 * Secrets never enter what the gateway keeps or logs of a request: the gateway's own, in every place and every spelling
 * of `fixtures/secret-spellings.json`, what a client offers as one, and what looks like a model provider's key. No
 * pattern is made of a secret or of what a client sent, and the work grows with the length of both.
 */

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Needles, SHORTEST, type Span } from './needles.ts';
import { MASK, readAs, WAYS, worthReading, type Work } from './decoding.ts';
import { Remembered } from './remembered.ts';
import { tornIn } from './torn.ts';

export { MASK };

/** What names of headers, of parameters and of fields end with, dashes and capitals aside, when a secret is their value. */
const NAMES = ['authorization', 'cookie', 'credential', 'credentials', 'passphrase', 'password', 'passwd', 'secret'];
const MORE_NAMES = ['token', 'apikey', 'accesskey', 'privatekey'];
/** No name is longer, in characters. */
const LONGEST_NAME = 256;

/** Names repeat from call to call. */
const NAMES_SEEN = new Remembered<boolean>(1_024, 64);

/** Whether a secret stands under this name, in any escaping. A session key is not a secret. */
export function namesSecret(name: string): boolean {
  return NAMES_SEEN.of(name, endsLikeSecret);
}

function endsLikeSecret(name: string): boolean {
  const { length, codes } = readAs('escaped', name.slice(-LONGEST_NAME), { steps: 0 });
  const plain = String.fromCharCode(...codes.subarray(0, length)).replace(/[^a-z]/g, '');
  return plain === 'key' || plain === 'auth' || [...NAMES, ...MORE_NAMES].some((end) => plain.endsWith(end));
}

/**
 * Masks texts.
 *
 * @param cut Whether more of the text was cut off behind its end: the front of a secret that it leaves is masked too.
 */
export type Redact = (text: string, cut?: boolean) => string;

/**
 * @param secrets Those that are known. A shorter one than 4 characters would mask ordinary words, and is left.
 * @param strange One that a client offered; see `Needles`.
 * @param work The work is added to it.
 */
export function redaction(secrets: readonly string[], strange?: string, work: Work = { steps: 0 }): Redact {
  const known = [...new Set(secrets)].filter((one) => one.length >= SHORTEST);
  const unseen = known.filter((one) => readAs('bare', one, work, false).length < SHORTEST);
  const none = known.length === 0 && strange === undefined;
  let needles: Needles | undefined;
  const found = (text: string, cut: boolean): Span[] => {
    const made = (needles ??= new Needles(known, strange, work));
    const spans: Span[] = [];
    for (const way of WAYS) {
      const worth = way === 'bare' ? cut || made.mayHold(text) : worthReading(way, text);
      if (worth) for (const span of made.spans(readAs(way, text, work), text, cut)) spans.push(span);
    }
    return spans;
  };
  const masked = (text: string, cut: boolean): string => {
    if (none) return offered(text);
    const whole = unseen.reduce((left, secret) => left.replaceAll(secret, MASK), text);
    const bare = covered(whole, found(whole, cut));
    return offered(tornIn(bare, (joined) => found(joined, false)));
  };
  // Header values, names of fields and short values repeat from call to call.
  const seen = new Remembered<string>(256, 128);
  const short = (text: string): string => masked(text, false);
  return (text, cut = false) => {
    if (text.length < SHORTEST) return text;
    return cut ? masked(text, true) : seen.of(text, short);
  };
}

/** A text with a mask in place of what the spans hold; spans that overlap are one. */
function covered(text: string, spans: readonly Span[]): string {
  if (spans.length === 0) return text;
  let done = 0;
  let masked = '';
  for (const [from, to] of spans.toSorted((a, b) => a[0] - b[0])) {
    if (from >= done) masked += text.slice(done, from) + MASK;
    done = Math.max(done, to);
  }
  return masked + text.slice(done);
}

/** Necessary for any mask of `offered`: one search instead of four. */
const OFFERED = /bearer|basic|authorization|:\/\/|sk-/i;

/** What is a secret by where it stands, although it is not known. */
function offered(text: string): string {
  if (!OFFERED.test(text)) return text;
  return text
    .replace(/\b(Bearer|Basic)([ \t]+)([^\s"',\\]{4,})/gi, (whole, scheme: string, blank: string, value: string) =>
      isWords(value) ? whole : `${scheme}${blank}${MASK}`,
    )
    .replace(
      /(authorization["'\\]{0,8}\s{0,8}[:=]\s{0,8}["'\\]{0,8})([a-z][\w-]{0,20}[ \t]{1,8})?([^\s"',\\]{4,})/gi,
      (whole, name: string, scheme: string | undefined, value: string) =>
        scheme === undefined && isWords(value) ? whole : `${name}${scheme ?? ''}${MASK}`,
    )
    .replace(/:\/\/[^\s/@]+@/g, `://${MASK}@`)
    .replace(/\bsk-[\w-]{8,}/g, MASK);
}

/** Longer letters are no word, in characters. */
const LONGEST_WORD = 24;

/** "basic Markdown", "bearer of news": behind a scheme stands a word, a short number or a mask, and no credential. */
function isWords(value: string): boolean {
  if (value.length > LONGEST_WORD) return false;
  return /^(?:(?:[A-Z]?[a-z]+|[A-Z]+)(?:[-/][A-Za-z][a-z]*)*|\d{1,5}|\[redacted\])[^\w=]*$/.test(value);
}

/** How much of what a client offers is a secret to look for, in characters: what is longer is masked in its header alone. */
const LONGEST_OFFERED = 256;
/** A shorter credential may be a word of any text, in characters. */
const SHORTEST_OFFERED = 8;
/** How many that were offered are kept ready: a client offers the same one again. */
const READY = 32;

/** The redaction for a request: of the gateway's own secrets, and of what the request offers, which is of another gateway. */
export function redactionFor(secrets: readonly string[]): (request: Pick<IncomingMessage, 'headers'>) => Redact {
  const usual = redaction(secrets);
  const ready = new Map<string, Redact>();
  return ({ headers: { authorization = '' } }) => {
    const value = authorization.replace(/^\S+\s+/, '').trim();
    if (value.length < SHORTEST_OFFERED || value.length > LONGEST_OFFERED || secrets.includes(value)) return usual;
    const made = ready.get(value) ?? redaction(secrets, value);
    ready.delete(value);
    ready.set(value, made);
    if (ready.size > READY) ready.delete(ready.keys().next().value!);
    return made;
  };
}

/** Headers by their names, those that hold a secret by name masked whole. */
export function redactedHeaders(headers: IncomingHttpHeaders, redact: Redact): Record<string, string> {
  const redacted: Record<string, string> = {};
  for (const name in headers) redacted[redact(name)] = namesSecret(name) ? MASK : redact(String(headers[name] ?? ''));
  return redacted;
}

/** A query as it was sent, `?` included. */
export function redactedQuery(query: string, redact: Redact): string {
  if (query === '') return '';
  const parameters = redact(query).split(/(?<=[?&;])/);
  return parameters.map((one) => one.replace(/^([^=]+)=[^&;]*/, maskNamed)).join('');
}

function maskNamed(whole: string, name: string): string {
  return namesSecret(name) ? `${name}=${MASK}` : whole;
}

/** A shorter text, in characters, nests at most 1 000 deep, which every stack holds. */
const SHALLOW = 2_000;

/**
 * A body as JSON if it is some, else as text.
 *
 * @param cut Whether more of it was cut off behind its end. Then it is text.
 */
export function redactedBody(text: string, redact: Redact, cut: boolean): unknown {
  if (!cut) {
    try {
      const json = redactedValue(JSON.parse(text), redact);
      // What is nested deeper than the stack could not be written as JSON again.
      if (text.length > SHALLOW) JSON.stringify(json);
      return json;
    } catch {
      // It is text.
    }
  }
  return redact(text, cut).replace(
    /(?<![\w%\\-])(["']?)([\w%\\-]{1,64})\1(\s*[:=]\s*)(["']?)[^"'&,;\s}]+/g,
    (whole, quote: string, name: string, is: string, open: string) =>
      namesSecret(name) ? `${quote}${name}${quote}${is}${open}${MASK}` : whole,
  );
}

/** JSON with its texts and names masked, and whatever stands under a name that names a secret; itself if nothing is. */
export function redactedValue(value: unknown, redact: Redact): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value === 'number') return redact(String(value)) === String(value) ? value : MASK;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const masked: unknown[] = value.map((one) => redactedValue(one, redact));
    return masked.every((one, at) => one === value[at]) ? value : masked;
  }
  return mapped(value, redact, (name, one) =>
    namesSecret(name) ? wholeMasked(one, redact) : redactedValue(one, redact),
  );
}

/** What a JSON Schema says of a secret's shape is no secret: a tool may have a parameter `token`. */
const SHAPES = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']);
const SHAPING = ['type', 'title', 'description', 'format', 'pattern', 'minLength', 'maxLength', 'properties', 'items'];

function wholeMasked(value: unknown, redact: Redact): unknown {
  if (typeof value === 'string' || typeof value === 'number') return MASK;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => wholeMasked(one, redact));
  const shape = 'type' in value && SHAPES.has(String(value.type));
  return mapped(value, redact, (name, one) =>
    shape && SHAPING.includes(name) ? redactedValue(one, redact) : wholeMasked(one, redact),
  );
}

function mapped(value: object, redact: Redact, map: (name: string, one: unknown) => unknown): object {
  const all = Object.entries(value);
  const masked = all.map(([name, one]) => [redact(name), map(name, one)] as const);
  const same = masked.every(([name, one], at) => name === all[at]![0] && one === all[at]![1]);
  return same ? value : Object.fromEntries(masked);
}
