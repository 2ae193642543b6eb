/** Wrong gateways that know one spelling of a request. They lie on raw connections, where the spellings are sent. */

import type { Mutant } from '../../dial/mutant.ts';
import * as lie from '../../vocabulary/liars.ts';
import type { Json } from '../../vocabulary/liars.ts';
import type { RawReply } from '../../wire/socket.ts';

/** A response as bytes. */
export const rawReply = (status: string, body = '{}', type = 'application/json'): RawReply => ({
  bytes: `HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  end: 'open',
  ms: 1,
});
const BROKEN: RawReply = { bytes: '', end: 'reset', ms: 1 };

const headOf = (sent: string): string => sent.slice(0, sent.indexOf('\r\n\r\n'));
const bodyOf = (sent: string): string => sent.slice(sent.indexOf('\r\n\r\n') + 4);
const jsonOf = (sent: string): Json => {
  try {
    return JSON.parse(bodyOf(sent)) as Json;
  } catch {
    return undefined;
  }
};

/** A request as `rewritten` writes it when nothing is changed. */
const PLAIN_HEAD =
  /^POST \/v1\/chat\/completions HTTP\/1\.1\r\nHost: \S+\r\nAccept: \*\/\*\r\nAccept-Encoding: identity\r\n(?:Authorization: Bearer \S+\r\n)?Content-Type: application\/json\r\n(?:[Xx]-[-\w]+: \S+\r\n)*Content-Length: \d+$/;
const PLAIN_BODY =
  /^\{"model":"[^"]*","messages":\[\{"role":"user","content":"(?:[^"\\]|\\["\\])*"\}\](?:,"stream":true)?(?:,"user":"[^"]*")?\}$/;
/** What is sent by the cases of this file, plain or not; other cases write their requests by themselves. */
const isOurs = (sent: string): boolean => /accept-encoding:/i.test(headOf(sent));
const isPlain = (sent: string): boolean =>
  !isOurs(sent) || (PLAIN_HEAD.test(headOf(sent)) && PLAIN_BODY.test(bodyOf(sent)));

/** Another reply to requests of that kind. */
const instead = (like: (sent: string) => boolean, reply: RawReply): Mutant =>
  lie.raw(async (sent, faithful) => (isOurs(sent) && like(sent) ? reply : faithful(sent)));
/** Changes the bytes of requests before the gateway reads them. */
const reads = (change: (sent: string) => string): Mutant =>
  lie.raw((sent, faithful) => faithful(isOurs(sent) ? change(sent) : sent));

const bad = rawReply('400 Bad Request', '{"error":{"message":"No.","type":"invalid_request_error"}}');

/** Gateways for every row. */
export const otherSpelling = {
  'knows the plain request alone': instead((sent) => !isPlain(sent), bad),
  'breaks the connection over any other spelling': instead((sent) => !isPlain(sent), BROKEN),
} satisfies Record<string, Mutant>;

/** Reads headers by names in that case alone. */
const byName = (as: string): Mutant => {
  const other = (line: string): boolean =>
    !line.startsWith(as) && line.toLowerCase().startsWith(`${as.toLowerCase()}:`);
  return reads((sent) =>
    sent
      .split('\r\n')
      .map((line) => (other(line) ? `X-Unknown:${line.slice(as.length + 1)}` : line))
      .join('\r\n'),
  );
};
const names = {
  'knows the session key in lower case alone': byName('x-openclaw-session-key'),
  'knows the agent id in one case alone': byName('X-OpenClaw-Agent-Id'),
  'knows authorization in one case alone': byName('Authorization'),
};
const refusesNull = {
  'refuses null': instead((sent) => Object.values(jsonOf(sent) ?? {}).includes(null), bad),
};
const acceptDecides = {
  'lets Accept decide': instead(
    (sent) => /\r\naccept: *(?:text\/event-stream|application\/json)/i.test(headOf(sent)),
    rawReply('406 Not Acceptable'),
  ),
};
const typed = {
  'knows one content type': instead(
    (sent) => !/content-type: application\/json(?:\r\n|$)/i.test(headOf(sent)),
    rawReply('415 Unsupported Media Type'),
  ),
};
const compresses = {
  'compresses all the same': lie.raw(async (sent, faithful) => {
    const reply = await faithful(sent);
    return isOurs(sent) && !isPlain(sent)
      ? { ...reply, bytes: reply.bytes.replace('\r\n', '\r\nContent-Encoding: gzip\r\n') }
      : reply;
  }),
};
const byPiece = {
  'decodes each piece by itself': reads((sent) =>
    /transfer-encoding/i.test(headOf(sent)) ? sent.replace(/[\x80-\xff]/g, '?') : sent,
  ),
  'wants a length': instead((sent) => /transfer-encoding/i.test(headOf(sent)), rawReply('411 Length Required')),
};

/** Gateways for one row, by its id. */
export const SPECIAL = {
  'names-upper': names,
  'names-alternating': names,
  'type-charset': typed,
  'type-quoted': typed,
  'type-parameter': typed,
  'accept-json': acceptDecides,
  'accept-stream': acceptDecides,
  'gzip-refused': compresses,
  'identity-alone': compresses,
  'absolute-form': {
    'knows the path alone': instead((sent) => sent.startsWith('POST http'), rawReply('404 Not Found')),
  },
  chunked: byPiece,
  'chunked-bytes': byPiece,
  expect: {
    'refuses to expect': instead((sent) => /\r\nexpect:/i.test(headOf(sent)), rawReply('417 Expectation Failed')),
  },
  'model-last': {
    'wants the model first': reads((sent) => (bodyOf(sent).startsWith('{"model"') ? sent : unmodelled(sent))),
  },
  'messages-first': {
    'wants the messages last': instead((sent) => bodyOf(sent).startsWith('{"messages":[{'), bad),
  },
  'null-sampling': refusesNull,
  'null-limits': refusesNull,
  'null-format': refusesNull,
  'null-stream-options': refusesNull,
  'null-rest': refusesNull,
  'stream-options-empty': {
    'breaks on it': instead(
      (sent) => bodyOf(sent).includes('"stream_options":{}'),
      rawReply('500 Internal Server Error', '{"error":{"message":"No.","type":"api_error"}}'),
    ),
  },
  'cache-key': {
    'takes the cache key for the user': reads((sent) =>
      sent.includes('"prompt_cache_key"')
        ? sent.replace('"user":', '"whom":').replace('"prompt_cache_key"', '"user"            ')
        : sent,
    ),
  },
  deep: { 'overflows its stack': instead((sent) => bodyOf(sent).includes('[[[[['), BROKEN) },
  'tool-turns': {
    'wants content in each message': instead((sent) => /"role":"assistant","tool_calls"/.test(bodyOf(sent)), bad),
  },
};

/** The body without its model; as long as before. */
const unmodelled = (sent: string): string => sent.replace('"model":', '"medel":');
