/** A curl command that repeats a recorded request. The secret stays in an environment variable of the reader. */
import type { Exchange } from './exchange.ts';

/** Headers that curl sets itself, or that only identify the SDK. */
const OWN =
  /^(?:content-length|host|connection|user-agent|accept|accept-encoding|accept-language|sec-fetch-mode|x-stainless-.*)$/i;
/** Longest body shown, in characters: a command of a megabyte cannot be pasted. */
const LONGEST = 4000;

/**
 * The command, on one line, quoted for a POSIX shell.
 *
 * @param secretName environment variable that replaces the bearer token; undefined: the header is shown as sent.
 */
export function curl({ request }: Exchange, secretName: string | undefined): string {
  const headers = request.headers
    .filter(([name]) => !OWN.test(name))
    .map(([name, value]) => {
      if (name.toLowerCase() === 'authorization' && secretName) return `-H "Authorization: Bearer $${secretName}"`;
      // curl drops a header with an empty value unless it ends in a semicolon.
      return `-H ${quoted(value === '' ? `${name};` : `${name}: ${value}`)}`;
    });
  const body = request.body === undefined ? [] : [`-d ${quoted(cut(request.body))}`];
  const method = request.method === 'POST' && body.length > 0 ? [] : [`-X ${request.method}`];
  return ['curl -sS -N -i', ...method, quoted(request.url), ...headers, ...body].join(' ');
}

/** A cut is marked with `…`: the redaction looks there for the front of a secret. */
const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
