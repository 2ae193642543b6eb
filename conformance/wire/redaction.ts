/**
 * Masks secrets in every text that leaves the process. The spellings that are masked are listed in
 * `fixtures/secret-spellings.json`. No RegExp is built from a secret or from a gateway's text, and the work is linear in
 * the length of both.
 */
import { Needles, SHORTEST, type Span } from './needles.ts';
import { MASK, readAs, WAYS, worthReading, type Work } from './decoding.ts';
import { tornAmong } from './torn.ts';

/** Masks a text. */
export interface Redact {
  (text: string): string;
  /** Whether a text holds one of the secrets, in any spelling. */
  finds(text: string): boolean;
  /** Indexes of the frames that hold a piece of a secret which only several frames together spell. */
  torn(frames: readonly string[]): ReadonlySet<number>;
}

/**
 * Masks the secrets in every spelling, their fronts before a cut (`…`), credentials after an Authorization scheme that
 * are no ordinary word, and keys of model providers (`sk-…`).
 *
 * @param secrets ones shorter than 4 characters are ignored: they would mask ordinary words.
 * @param work counts the steps taken.
 */
export function redaction(secrets: readonly (string | undefined | null)[], work: Work = { steps: 0 }): Redact {
  const known = [...new Set(secrets)].filter((one): one is string => typeof one === 'string' && one.length >= SHORTEST);
  const unseen = known.filter((one) => readAs('bare', one, work, false).length < SHORTEST);
  let needles: Needles | undefined;
  const found = (text: string): Span[] => {
    if (known.length === 0 || text.length < SHORTEST) return [];
    const made = (needles ??= new Needles(known, work));
    const ways = WAYS.filter((way) => worthReading(way, text));
    return ways.flatMap((way) => made.spans(readAs(way, text, work), text));
  };
  const redact = (text: string): string => {
    const whole = unseen.reduce((left, secret) => left.replaceAll(secret, MASK), text);
    return offered(covered(whole, found(whole)));
  };
  return Object.assign(redact, {
    finds: (text: string) => unseen.some((secret) => text.includes(secret)) || found(text).length > 0,
    torn: (frames: readonly string[]) => tornAmong(frames, found),
  });
}

/** Replaces each span by a mask; overlapping spans become one mask. */
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

/** Masks unknown secrets by their position. */
function offered(text: string): string {
  return (
    text
      // The name of a variable, as in the curl command, is no secret.
      .replace(
        /\b(Bearer|Basic|Token)([ \t]+)(?!\$[A-Z_]+")([^\s"',\\]{4,})/gi,
        (whole, scheme: string, blank: string, value: string) => (isWords(value) ? whole : `${scheme}${blank}${MASK}`),
      )
      .replace(
        /(authorization["'\\]{0,8}\s{0,8}[:=]\s{0,8}["'\\]{0,8})([a-z][\w-]{0,20}[ \t]{1,8})?(?!\$[A-Z_]+")([^\s"',\\]{4,})/gi,
        (whole, name: string, scheme: string | undefined, value: string) =>
          scheme === undefined && isWords(value) ? whole : `${name}${scheme ?? ''}${MASK}`,
      )
      .replace(/\bsk-[\w-]{8,}/g, MASK)
  );
}

/** Longest word, in characters: a longer run of letters is a credential. */
const LONGEST_WORD = 24;

/** Whether the text after a scheme is a word, a short number or a mask: "basic Markdown", "bearer of news". */
function isWords(value: string): boolean {
  if (value.length > LONGEST_WORD) return false;
  return /^(?:(?:[A-Z]?[a-z]+|[A-Z]+)(?:[-/][A-Za-z][a-z]*)*|\d{1,5}|\[redacted\])[^\w=]*$/.test(value);
}
