/** A curl command that repeats a recorded request. The secret stays in an environment variable of the reader. */
import type { AddedHeader } from './added-headers.ts';
import type { Exchange } from './exchange.ts';

/** Headers that curl sets itself, or that only identify the SDK. */
const OWN =
  /^(?:content-length|host|connection|user-agent|accept|accept-encoding|accept-language|sec-fetch-mode|x-stainless-.*)$/i;
/** What the SDK sends to a gateway without a credential, for it has to send one. */
const NO_CREDENTIAL = 'Bearer none';
/** Longest body shown, in characters: a command of a megabyte cannot be pasted. */
const LONGEST = 4000;

/**
 * The command, on one line, quoted for a POSIX shell.
 *
 * @param secretName environment variable that replaces the bearer token; undefined: the header is shown as sent.
 * @param way how the target is reached: headers whose values are in the environment are shown by its variables.
 */
export function curl(
  { request }: Exchange,
  secretName: string | undefined,
  way: { readonly headers?: readonly AddedHeader[]; readonly insecure?: boolean } = {},
): string {
  const headers = request.headers
    .filter(([name, value]) => !OWN.test(name) && !(name === 'authorization' && value === NO_CREDENTIAL))
    .map(([name, value]) => {
      if (name.toLowerCase() === 'authorization' && secretName) return `-H "Authorization: Bearer $${secretName}"`;
      // curl drops a header with an empty value unless it ends in a semicolon.
      return `-H ${quoted(value === '' ? `${name};` : `${name}: ${value}`)}`;
    });
  const body = request.body === undefined ? [] : [`-d ${quoted(cut(request.body))}`];
  const method = request.method === 'POST' && body.length > 0 ? [] : [`-X ${request.method}`];
  const added = (way.headers ?? []).flatMap(({ name, variable }) => (variable ? [`-H "${name}: $${variable}"`] : []));
  const begin = way.insecure ? 'curl -sS -N -i -k' : 'curl -sS -N -i';
  return [begin, ...method, quoted(request.url), ...headers, ...added, ...body].join(' ');
}

/** A cut is marked with `…`: the redaction looks there for the front of a secret. */
const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
