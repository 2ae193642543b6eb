/** Secrets never leave the process in a report: every text that is shown goes through here. */

const MASK = '[redacted]';
/** A shorter secret would redden ordinary words. */
const SHORTEST = 4;

/**
 * Masks the secrets themselves, their JSON, URL and base64 spellings, and whatever stands behind an Authorization
 * scheme or in a header that carries credentials.
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
    const masked = ordered.reduce((masked, secret) => masked.replaceAll(secret, MASK), text);
    // A variable's name, as a curl line has it, is no secret.
    return masked.replace(/\b(Bearer|Basic|Token)([ \t]+)(?!\$[A-Z_]+")[^\s"',]{4,}/gi, `$1$2${MASK}`);
  };
}
