/** What went over raw connections as exchanges, so that they can be looked at like all others. */
import type { Exchange } from './exchange.ts';
import { rawResponses, unchunked } from './responses.ts';
import type { RawExchange } from './socket.ts';

/** The requests that were answered, each with its response. One that is not whole, on either side, is left out. */
export function exchangesIn({ sent, reply, url, beganAt }: RawExchange): Exchange[] {
  const requests = requestsIn(sent, new URL(url).origin);
  return rawResponses(reply.bytes, reply.end === 'closed').flatMap(
    ({ status, line, headers, body }, at): Exchange[] => {
      const asked = requests[at];
      if (!asked) return [];
      const { version, ...request } = asked;
      const bytes = Buffer.from(body, 'latin1');
      return [
        {
          request,
          beganAt,
          status,
          headers,
          headersAt: reply.ms,
          pieces: [{ at: reply.ms, bytes }],
          end: 'complete',
          endedAt: reply.ms,
          raw: { version, line },
          get body() {
            return bytes.toString();
          },
        },
      ];
    },
  );
}

type Asked = Exchange['request'] & { readonly version: '1.0' | '1.1' };

/** The requests in the bytes of a connection, up to one that is no request of HTTP/1.1. */
function requestsIn(sent: string, origin: string): Asked[] {
  const found: Asked[] = [];
  for (let at = 0; at < sent.length;) {
    // RFC 9112, section 2.2.
    while (sent.startsWith('\r\n', at)) at += 2;
    const end = sent.indexOf('\r\n\r\n', at);
    if (end === -1) break;
    const [line, ...lines] = sent.slice(at, end).split('\r\n');
    const [, method, target, version] = /^(\S+) (\S+) HTTP\/(1\.[01])$/.exec(line!) ?? [];
    if (!method || !target) break;
    const headers = lines.map((one): [string, string] => {
      const colon = one.indexOf(':');
      return [one.slice(0, colon), one.slice(colon + 1).trim()];
    });
    const framed = bodyAt(sent, end + 4, headers);
    found.push({
      method,
      url: target.startsWith('/') ? origin + target : target,
      headers,
      body: framed ? Buffer.from(framed.body, 'latin1').toString() : '(a stream)',
      version: version as Asked['version'],
    });
    if (!framed) break;
    at = framed.end;
  }
  return found;
}

function bodyAt(
  sent: string,
  at: number,
  headers: readonly (readonly [string, string])[],
): ReturnType<typeof unchunked> {
  const value = (named: string): string | undefined => headers.find(([name]) => name.toLowerCase() === named)?.[1];
  if (/chunked/i.test(value('transfer-encoding') ?? '')) return unchunked(sent, at);
  const end = at + Number(value('content-length') ?? 0);
  return end <= sent.length ? { body: sent.slice(at, end), end } : undefined;
}
