/** What OpenAPI has no keyword for, in words. */
import type { Behaviour } from '../../../reference/editions/editions.ts';

/** Of a whole document. */
export function infoText({ openMode, proxyMode, origins, models }: Behaviour): string {
  const open = openMode ? ' A gateway in mode `none` has no secret, and no credential is needed.' : '';
  const proxy = proxyMode
    ? ' In mode `trusted-proxy` a proxy names the user in headers of the configuration, and clients send no secret.'
    : '';
  const pages =
    origins === 'refused' ? ' Without a secret, pages of a browser from another origin are refused with 401.' : '';
  return (
    'A gateway answers these paths as an API of OpenAI; its models are agents. The endpoint is off unless the configuration ' +
    'turns on `gateway.http.endpoints.chatCompletions`; then ' +
    `${models ? 'the paths under /v1 exist' : 'its path exists'}, and otherwise it is 404.${open}${proxy}${pages}\n\n` +
    'Names of headers are in any letter case, as in all of HTTP. A query is ignored.'
  );
}

/** Of the operation that asks an agent. */
export function chatText({ usage }: Behaviour): string {
  const counts = usage === 'counted' ? 'what the provider of the model counted' : 'zeros';
  return (
    '**Sessions.** A call without `user` and without `x-openclaw-session-key` is stateless: it shares no session with any other ' +
    'call, and brings its earlier turns in `messages`. Calls to one agent with the same `user`, trimmed and in any letter case, ' +
    'share a session: the gateway remembers their turns, and a client sends the new message alone. `x-openclaw-session-key` ' +
    'names a session in place of `user`, and counts where both are sent. Calls of one session are answered one after another; ' +
    'others at the same time. A run whose client leaves is stopped.\n\n' +
    '**Answers.** There is one choice. `model` is the one of the call. The token counts of `usage` are ' +
    `${counts}. A failed run is an error, and never an answer with its text.`
  );
}

/** Of a body of type text/event-stream. */
export const STREAM_TEXT =
  'Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) without names or ids: lines ' +
  '`data: <JSON>`, each with an empty line behind it. Data is a ChatCompletionChunk; the last data is `[DONE]`, which is not ' +
  'JSON. The first chunk has the role; then come deltas of text; then a chunk with `finish_reason`; where it is asked for, one ' +
  'with `usage`. All chunks of a stream have one `id`. When a run fails behind the headers, the data is an Error, then ' +
  '`[DONE]`. A stream that ends without `[DONE]` was cut off. Comments, which begin with a colon, are ignored.';
