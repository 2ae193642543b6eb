/** The credentials that a request offers. */

import type { Exchange } from '../wire/exchange.ts';

/** Headers that carry a secret. */
const CARRIES = /^(?:authorization|proxy-authorization|x-api-key|api-key|cookie)$/i;
/** Query parameters that carry one. */
const NAMED = /token|key|secret|password|credential/i;
/** A shorter one may be a word of any answer, in characters. */
const SHORTEST = 12;

/** Long enough, and no word: what stands in an answer because the answer is about it is no secret. */
export const worthHiding = (secret: string): boolean =>
  secret.length >= SHORTEST && !/^[a-z]+(?:[:/. -][a-z]+)*$/.test(secret);

/** What stands behind the scheme of Authorization, in a cookie, and in the parameters of the address. */
export function credentialsOf({ request }: Pick<Exchange, 'request'>): string[] {
  const headers = request.headers
    .filter(([name]) => CARRIES.test(name))
    .flatMap(([name, value]) => partsOf(name, value));
  const url = URL.canParse(request.url) ? new URL(request.url) : undefined;
  const parameters = [...(url?.searchParams ?? [])].filter(([name]) => NAMED.test(name)).map(([, value]) => value);
  return [...headers, ...parameters, url?.password ?? ''].filter((secret) => secret !== '');
}

function partsOf(name: string, value: string): string[] {
  if (name.toLowerCase() === 'cookie') return value.split(';').map((pair) => pair.slice(pair.indexOf('=') + 1).trim());
  return [value.replace(/^[A-Za-z][\w-]*[ \t]+/, '').trim()];
}

/** Keys of services by their prefixes, web tokens, and private keys. */
const KNOWN =
  /\b(?:sk|rk|pk)[-_](?:[\w-]{0,12}[-_])?[\w-]{12,}|\b(?:gh[pousr]_|github_pat_|xox[abposr]-|AKIA|AIza|glpat-|hf_|gsk_)[\w-]{12,}|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.|-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----/;
/** What stands behind a scheme, behind the name of a credential, and before the host of an address. */
const PLACED = [
  /\b(?:bearer|basic)[ \t]{1,8}([^\s"'\\,;<>]{8,})/gi,
  /\b(?:x-)?(?:api[-_ ]?key|access[-_]?token|refresh[-_]?token|client[-_]?secret|authorization|password)["'\\]{0,4}\s{0,4}[:=]\s{0,4}["'\\]{0,4}([^\s"'\\,;&<>{}[\]]{8,})/gi,
  /:\/\/[^\s/@:"']{1,64}:([^\s/@"']{4,})@/g,
];
/** A placeholder, a mask, or the name of a variable. */
const NONE = /[*…]|\.{3}|^\$|your|example|placeholder|redacted|x{4}|^[A-Z_]+$/i;

/** What is written like a credential in a text, whose ever it is; undefined where nothing is. */
export function credentialIn(text: string): string | undefined {
  const [known] = KNOWN.exec(text) ?? [];
  if (known !== undefined && !NONE.test(known) && !text.includes(`${known}*`)) return known;
  for (const form of PLACED) {
    for (const [, value] of text.matchAll(form)) {
      if (/\d|^[a-z]{2,4}[-_]/.test(value!) && /[a-z]/i.test(value!) && !NONE.test(value!)) return value;
    }
  }
  return undefined;
}
