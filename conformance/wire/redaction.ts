/** Secrets never leave the process in a report: every text that is shown goes through here. */

const MASK = '[redacted]';
/** A shorter secret would redden ordinary words. */
const SHORTEST = 4;

/** Where a text was cut, as everything here marks it: what stands before may be the front of a secret. */
const CUT = '…';

/**
 * Masks the secrets themselves, their JSON, URL and base64 spellings, what is left of them before a cut, whatever stands
 * behind an Authorization scheme, and what looks like a key of a model provider.
 */
export function redaction(secrets: readonly (string | undefined | null)[]): (text: string) => string {
  const spellings = secrets
    .filter((secret): secret is string => typeof secret === 'string' && secret.length >= SHORTEST)
    .flatMap((secret) => [
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret),
      Buffer.from(secret).toString('base64'),
      Buffer.from(secret).toString('base64url'),
    ]);
  // The longest first: a secret may be the front of another.
  const ordered = [...new Set(spellings)].toSorted((a, b) => b.length - a.length);
  return (text) => {
    const whole = ordered.reduce((masked, secret) => masked.replaceAll(secret, MASK), text);
    const masked = whole.includes(CUT) ? withoutFronts(whole, ordered) : whole;
    return (
      masked
        // A variable's name, as a curl line has it, is no secret.
        .replace(/\b(Bearer|Basic|Token)([ \t]+)(?!\$[A-Z_]+")[^\s"',]{4,}/gi, `$1$2${MASK}`)
        .replace(/\bsk-[\w-]{8,}/g, MASK)
    );
  };
}

function withoutFronts(text: string, secrets: readonly string[]): string {
  const parts = text.split(CUT);
  const last = parts.pop()!;
  const masked = parts.map((part) => {
    const fronts = secrets.map((secret) => frontAtEnd(part, secret));
    const longest = Math.max(0, ...fronts);
    return longest < SHORTEST ? part : part.slice(0, -longest) + MASK;
  });
  return [...masked, last].join(CUT);
}

/** How many characters at the end of `text` are the first ones of `secret`. */
function frontAtEnd(text: string, secret: string): number {
  for (let length = Math.min(secret.length, text.length); length >= SHORTEST; length--) {
    if (text.endsWith(secret.slice(0, length))) return length;
  }
  return 0;
}
