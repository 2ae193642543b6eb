/**
 * Secrets never get into what the gateway keeps of a request: the gateway's own wherever it stands and however it is
 * spelled, whatever a caller offers as one, and what looks like a model provider's key.
 */

import type { IncomingHttpHeaders } from 'node:http';

export const MASK = '[redacted]';
/** A shorter one would redden ordinary words. */
const SHORTEST = 4;

/** What names of headers, of parameters and of fields end with, dashes and capitals aside, when a secret is their value. */
const NAMES = ['authorization', 'cookie', 'credential', 'credentials', 'passphrase', 'password', 'passwd', 'secret'];
const MORE_NAMES = ['token', 'apikey', 'accesskey', 'privatekey'];

/** Whether a secret stands under this name. A session key is none. */
export function namesSecret(name: string): boolean {
  const plain = name.toLowerCase().replace(/[^a-z]/g, '');
  return plain === 'key' || plain === 'auth' || [...NAMES, ...MORE_NAMES].some((end) => plain.endsWith(end));
}

/** Masks texts. */
export type Redact = (text: string) => string;

/**
 * @param secrets Those that are known. Each is masked as it is, in JSON, in a URL and in base64.
 */
export function redaction(secrets: readonly string[]): Redact {
  // The longest first: a secret may be the front of another.
  const known = [...new Set(secrets)].filter((one) => one.length >= SHORTEST).toSorted((a, b) => b.length - a.length);
  const ways = known.flatMap((secret) => [spellings(secret), ...inBase64(secret).map(escaped)]);
  const pattern = ways.length === 0 ? undefined : new RegExp(ways.join('|'), 'gi');
  return (text) => {
    const masked = pattern === undefined ? text : text.replace(pattern, MASK);
    return masked
      .replace(/\b(Bearer|Basic)([ \t]+)[^\s"',]{4,}/gi, `$1$2${MASK}`)
      .replace(/:\/\/[^\s/@]+@/g, `://${MASK}@`)
      .replace(/\bsk-[\w-]{8,}/g, MASK);
  };
}

/** Headers by their names, those that hold a secret by name masked whole. */
export function redactedHeaders(headers: IncomingHttpHeaders, redact: Redact): Record<string, string> {
  const all = Object.entries(headers).map(([name, value = '']) => [
    redact(name),
    namesSecret(name) ? MASK : redact(String(value)),
  ]);
  return Object.fromEntries(all) as Record<string, string>;
}

/** A query as it was sent, `?` included. */
export function redactedQuery(query: string, redact: Redact): string {
  const parameters = redact(query).split(/(?<=[?&;])/);
  return parameters.map((one) => one.replace(/^([^=]+)=[^&;]*/, maskNamed)).join('');
}

function maskNamed(whole: string, name: string): string {
  return namesSecret(name) ? `${name}=${MASK}` : whole;
}

/** A body as JSON if it is some, else as text. */
export function redactedBody(text: string, redact: Redact): unknown {
  const masked = redact(text);
  try {
    // Deeper than any stack is no JSON to us either: it could not be written out again.
    const json: unknown = JSON.parse(masked, (name, value: unknown) =>
      typeof value === 'string' && namesSecret(name) ? MASK : value,
    );
    JSON.stringify(json);
    return json;
  } catch {
    return masked.replace(
      /(?<![\w-])(["']?)([\w-]{1,64})\1(\s*[:=]\s*)(["']?)[^"'&,;\s}]+/g,
      (whole, quote: string, name: string, is: string, open: string) =>
        namesSecret(name) ? `${quote}${name}${quote}${is}${open}${MASK}` : whole,
    );
  }
}

/** A pattern for a secret, each character as it is, as JSON or as a URL may write it. */
function spellings(secret: string): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  return Array.from(secret, (character) => {
    const units = character.split('').map((unit) => `\\\\{1,8}u${hex(unit.charCodeAt(0), 4)}`);
    const bytes = [...Buffer.from(character)].map((byte) => `%${hex(byte, 2)}`);
    return `(?:\\\\{0,8}${escaped(character)}|${units.join('')}|${bytes.join('')})`;
  }).join('');
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** What a text in base64 has of it wherever it begins: it shifts by the bytes before it. */
function inBase64(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2].flatMap((before) => {
    const begin = Math.ceil((before * 8) / 6);
    const end = Math.floor(((before + bytes.length) * 8) / 6);
    const shifted = Buffer.concat([Buffer.alloc(before), bytes]);
    return [shifted.toString('base64').slice(begin, end), shifted.toString('base64url').slice(begin, end)];
  });
}

/** What stands right before a cut may be the front of a secret: it goes. */
export function cutShort(text: string, secrets: readonly string[]): string {
  const longest = Math.max(0, ...secrets.map((secret) => secret.length));
  return `${text.slice(0, text.length - longest * 12)}…`;
}
