/** What no answer may show: secrets, stacks, and where the server keeps its files. */

import { expect } from '../dial/expectation.ts';
import { credentialIn, credentialsOf } from './credentials.ts';
import type { Run } from './run.ts';
import type { Seen } from './seen.ts';

const STACK = /(?:\n|\\n)\s*at .+:\d+|Traceback \(most recent call last\)|\n\s*File "[^"]+", line \d+/;
/** A request of the server's own, as HTTP clients tell it with their errors. */
const REQUEST =
  /\bAxiosError\b|\bisAxiosError\b|"(?:config|request|options)":\{[^{}]{0,400}"(?:url|baseURL|headers|hostname)":/;
/** A source file, wherever it lies. */
const FILE = /node_modules|(?<![\w.:/-])(?:\/[\w.-]+){2,}\.(?:[cm]?[jt]s|py|json)\b/;
/** A folder below a root of Unix, of macOS or of Windows; not in an address. */
const FOLDER =
  /(?<![\w.:/-])\/(?:home|root|Users|usr|var|srv|opt|etc|tmp|app|data|mnt|private|proc|nix|workspace)\/[\w.@-]+|~\/\.[\w-]+\/|\b[A-Za-z]:\\{1,2}[\w.-]+\\|file:\/\/\//;
/** Headers whose value is an address or a path by their own grammar. */
const PATHS =
  /^(?:location|content-location|link|set-cookie|refresh|alt-svc|report-to|reporting-endpoints|nel|content-security-policy.*|sourcemap|x-sourcemap)$/i;

/** Headers that offer a client a credential, or ask for one. */
const OFFERING = /^(?:set-cookie|www-authenticate|proxy-authenticate|authentication-info|location)$/i;

/** How much of a body is searched for secrets, in characters of its beginning and of its end: a stream may have megabytes. */
const SEARCHED = 64 * 1024;

/** Headers and body as they came, and the status line where it is known. */
function shownBy({ exchange, text }: Seen): [where: string, text: string][] {
  const headers = [...exchange.headers].map(([name, value]): [string, string] => [`the header ${name}`, value]);
  if (exchange.raw) headers.push(['the status line', exchange.raw.line]);
  const searched = text.length > 2 * SEARCHED ? `${text.slice(0, SEARCHED)}\n${text.slice(-SEARCHED)}` : text;
  return [...headers, ['the body', searched]];
}

/** What a refusal says, or a stream of its error. */
function errorsIn(seen: Seen): string[] {
  if (seen.exchange.status >= 400) return [seen.text];
  return seen.hasFailed ? seen.events.filter(({ chunk }) => chunk?.error).map(({ data }) => data) : [];
}

/**
 * No secret of the deployments, and nothing that the request offers as one, but where its text says it. No header and no
 * error has what is written like a credential, whose ever it is; the agent may speak of one.
 */
export function expectNoSecret(seen: Seen, run: Run): void {
  const { request } = seen.exchange;
  const secrets = run.secretsOf(credentialsOf(seen.exchange));
  const said = request.body ?? '';
  for (const [where, text] of shownBy(seen)) {
    if (!secrets.finds(text) || secrets.finds(said)) continue;
    expect(false, 'no secret in an answer', `one in ${where}`);
  }
  const headers = [...seen.exchange.headers].filter(([name]) => !OFFERING.test(name)).map(([, value]) => value);
  for (const text of [...headers, ...errorsIn(seen)]) {
    const credential = credentialIn(text);
    const isTold = credential === undefined || isSaid(seen, credential);
    expect(isTold, 'no credential in a header or an error', credential && `${credential.slice(0, 6)}…`);
  }
}

/** No stack and no path of the server in a header, a refusal, or an error of a stream, but where the request says it. */
export function expectNoInternals(seen: Seen): void {
  const { exchange } = seen;
  const headers = [...exchange.headers].filter(([name]) => !PATHS.test(name)).map(([, value]) => value);
  // A page of a web server names its own scripts.
  const isPage = /^\s*<(?:!doctype|html)/i.test(seen.text);
  for (const text of [...headers, ...errorsIn(seen)]) {
    const [stack] = STACK.exec(text) ?? [];
    expect(stack === undefined, 'no stack', stack);
    const [asked] = REQUEST.exec(text) ?? [];
    expect(asked === undefined, "no request of the server's own", asked);
    for (const form of isPage ? [FOLDER] : [FILE, FOLDER]) {
      const [path] = form.exec(text) ?? [];
      expect(path === undefined || isSaid(seen, path), 'no path of the server', path);
    }
  }
}

/** Whether the request has the text itself. */
function isSaid({ exchange: { request } }: Seen, text: string): boolean {
  const { url, headers, body = '' } = request;
  return body === '(a stream)' || [url, body, ...headers.map(([, value]) => value)].some((sent) => sent.includes(text));
}
