/**
 * Secrets never leave the process in a report: every text that is shown goes through here. What is masked, and in which
 * spellings, is in `fixtures/secret-spellings.json`. No pattern is made of a secret or of what a gateway sent, and the
 * work grows with the length of both.
 */
import { Needles, SHORTEST, type Span } from './needles.ts';
import { MASK, readAs, WAYS, worthReading, type Work } from './reading.ts';
import { tornAmong } from './torn.ts';

/** Masks a text. */
export interface Redact {
  (text: string): string;
  /** Which of the frames of a stream, by their index, hold a piece of a secret that only several of them spell. */
  torn(frames: readonly string[]): ReadonlySet<number>;
}

/**
 * Masks the secrets however they are spelled, what is left of them before a cut (`…`), what stands behind an Authorization
 * scheme and is no word, and what looks like a key of a model provider.
 *
 * @param secrets A shorter one than 4 characters would mask ordinary words, and is left.
 * @param work What it takes is added there.
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
  return Object.assign(redact, { torn: (frames: readonly string[]) => tornAmong(frames, found) });
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

/** What is a secret by where it stands, although it is not known. */
function offered(text: string): string {
  return (
    text
      // A variable's name, as a curl line has it, is no secret.
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

/** Longer letters are no word, in characters. */
const LONGEST_WORD = 24;

/** "basic Markdown", "bearer of news": behind a scheme stands a word, a short number or a mask, and no credential. */
function isWords(value: string): boolean {
  if (value.length > LONGEST_WORD) return false;
  return /^(?:(?:[A-Z]?[a-z]+|[A-Z]+)(?:[-/][A-Za-z][a-z]*)*|\d{1,5}|\[redacted\])[^\w=]*$/.test(value);
}
