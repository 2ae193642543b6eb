/** Secrets never leave the process in a report: every text that is shown goes through here. */

const MASK = '[redacted]';
/** A shorter secret would redden ordinary words. */
const SHORTEST = 4;

/** Where a text was cut, as everything here marks it: what stands before may be the front of a secret. */
const CUT = '…';

/**
 * Masks the secrets themselves however JSON, URLs, forms, HTML, shells and base64 spell them, what is left of them before a cut,
 * whatever stands behind an Authorization scheme, and what looks like a key of a model provider.
 */
export function redaction(secrets: readonly (string | undefined | null)[]): (text: string) => string {
  // The longest first: a secret may be the front of another.
  const known = [...new Set(secrets)]
    .filter((secret): secret is string => typeof secret === 'string' && secret.length >= SHORTEST)
    .map((secret) => secret.toWellFormed())
    .toSorted((a, b) => b.length - a.length);
  const encoded = known.flatMap(inBase64);
  const patterns = known.map((secret) => {
    const ways = [anySpelling(secret).join(''), ...inBase64(secret).map(escaped)];
    return new RegExp(ways.join('|'), 'gi');
  });
  const fronts = known.map(frontOf);
  return (text) => {
    const whole = patterns.reduce((masked, pattern) => masked.replace(pattern, MASK), text);
    const masked = whole.includes(CUT) ? withoutFronts(whole, fronts, encoded) : whole;
    return (
      masked
        // A variable's name, as a curl line has it, is no secret.
        .replace(/\b(Bearer|Basic|Token)([ \t]+)(?!\$[A-Z_]+")[^\s"',]{4,}/gi, `$1$2${MASK}`)
        .replace(/\bsk-[\w-]{8,}/g, MASK)
    );
  };
}

/** The ways of JSON, also within JSON. */
const SHORT: Readonly<Record<string, string>> = { '\n': 'n', '\r': 'r', '\t': 't', '\b': 'b', '\f': 'f' };
/** The ways of HTML. */
const NAMED: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' };

/** JSON within JSON within a URL: backslashes pile up before whatever they escape. */
const BACKSLASH = '(?:\\\\|%5c)';

/** A pattern for each character as JSON, a URL, a form, HTML or a shell may write it, the backslashes before it included. */
function anySpelling(secret: string): string[] {
  return (secret.match(/\\*[^\\]|\\+$/gu) ?? []).map((piece) => {
    const character = piece.replace(/^\\+/, '');
    const ways = character === '' ? '' : `(?:${waysOf(character).join('|')})`;
    return `${BACKSLASH}${piece === character ? '*' : '+'}${ways}`;
  });
}

function waysOf(character: string): string[] {
  const hex = (value: number, digits = 1): string => value.toString(16).padStart(digits, '0');
  const point = character.codePointAt(0)!;
  return [
    escaped(character),
    character
      .split('')
      .map((unit) => `u${hex(unit.charCodeAt(0), 4)}`)
      .join('\\\\+'),
    [...Buffer.from(character)].map((byte) => `%${hex(byte, 2)}`).join(''),
    `&#(?:0*${point}|x0*${hex(point)});`,
    ...(character === ' ' ? ['\\+'] : []),
    // As curl's line quotes it.
    ...(character === "'" ? ["'\\\\''"] : []),
    ...(SHORT[character] ? [SHORT[character]] : []),
    ...(NAMED[character] ? [`&${NAMED[character]};`] : []),
  ];
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

function withoutFronts(text: string, fronts: readonly RegExp[], encoded: readonly string[]): string {
  const parts = text.split(CUT);
  const last = parts.pop()!;
  const masked = parts.map((part) => {
    const whole = fronts.reduce((masked, front) => masked.replace(front, MASK), part);
    const longest = Math.max(0, ...encoded.map((secret) => frontAtEnd(whole, secret)));
    return longest < SHORTEST ? whole : whole.slice(0, -longest) + MASK;
  });
  return [...masked, last].join(CUT);
}

/** A pattern for the front of a secret at the end of a text; its last character may be cut too. */
function frontOf(secret: string): RegExp {
  const characters = anySpelling(secret);
  const more = characters.slice(SHORTEST).reduceRight((rest, character) => `(?:${character}${rest})?`, '');
  const torn = '(?:[\\ud800-\\udbff]|%[0-9a-f]{0,2}|\\\\+u?[0-9a-f]{0,3}|&#?\\w{0,6})*';
  return new RegExp(`${characters.slice(0, SHORTEST).join('')}${more}${torn}$`, 'i');
}

/** How many characters at the end of `text` are the first ones of `secret`. */
function frontAtEnd(text: string, secret: string): number {
  for (let length = Math.min(secret.length, text.length); length >= SHORTEST; length--) {
    if (text.endsWith(secret.slice(0, length))) return length;
  }
  return 0;
}
