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
