/** A command line that sends a recorded request again. The secret is left to the reader's environment. */
import type { Exchange } from './exchange.ts';

/** Headers that curl sets itself, or that only tell about the SDK. */
const OWN =
  /^(?:content-length|host|connection|user-agent|accept|accept-encoding|accept-language|sec-fetch-mode|x-stainless-.*)$/i;
/** A body longer than this, in characters, is cut: nobody pastes a megabyte. */
const LONGEST = 4000;

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

/** What is cut is marked: the redaction looks there for what is left of a secret. */
const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
