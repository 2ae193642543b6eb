/**
 * Headers that every request to a target carries, such as those that a proxy in front of it asks for. They are added below
 * the recorder: no transcript has them.
 */
import { fetchDirect } from './fetch.ts';

/** One header. */
export interface AddedHeader {
  readonly name: string;
  readonly value: string;
  /** The environment variable that holds the value; undefined: it was written on the command line. */
  readonly variable?: string;
}

/** A longer value of a command line could be a secret, and no ordinary word. */
const SECRET_FROM = 8;

/** The values that no output may contain. */
export const secretsIn = (headers: readonly AddedHeader[]): string[] =>
  headers.flatMap(({ value, variable }) => (variable !== undefined || value.length >= SECRET_FROM ? [value] : []));

/** `fetchDirect` with the headers; one that a request has itself stays as it is. */
export function fetchWith(headers: readonly AddedHeader[] = []): typeof fetchDirect {
  if (headers.length === 0) return fetchDirect;
  return (asked, init) => {
    const sent = new Headers(init?.headers ?? (asked instanceof Request ? asked.headers : {}));
    for (const { name, value } of headers) if (!sent.has(name)) sent.set(name, value);
    return fetchDirect(asked, { ...init, headers: sent });
  };
}

/** The bytes of a request with the headers behind its request line; bytes that begin with none stay as they are. */
export function bytesWith(sent: string, headers: readonly AddedHeader[] = []): string {
  const end = sent.indexOf('\r\n') + 2;
  if (headers.length === 0 || !/ HTTP\/1\.[01]\r\n$/.test(sent.slice(0, end))) return sent;
  return sent.slice(0, end) + headers.map(({ name, value }) => `${name}: ${value}\r\n`).join('') + sent.slice(end);
}
