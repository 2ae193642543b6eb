import { describe, expect, test } from 'vitest';
import { cases } from '../chapters/index.ts';
import type { Exchange } from '../wire/exchange.ts';
import { Watch } from './watch.ts';
import { WATCHERS } from './watchers.ts';

const AT = 1_795_347_791;
const DATE = new Date(AT * 1000).toUTCString();
const SECRET = 'kit-Token-5f8e21c7d09b4a36';

interface Made {
  readonly body?: string | Readonly<Record<string, unknown>>;
  readonly sent?: Readonly<Record<string, string>>;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly end?: Exchange['end'];
  readonly beganAt?: number;
}

/** An exchange made of bytes. */
function exchange(came: string, made: Made = {}): Exchange {
  const { body = {}, sent = {}, status = 200, headers = {}, end = 'complete', beganAt = AT * 1000 } = made;
  const bytes = new TextEncoder().encode(came);
  return {
    request: {
      method: 'POST',
      url: 'http://127.0.0.1:40001/v1/chat/completions',
      headers: Object.entries({ authorization: `Bearer ${SECRET}`, ...sent }),
      body: typeof body === 'string' ? body : JSON.stringify({ model: 'openclaw:main', messages: [], ...body }),
    },
    beganAt,
    status,
    headers: new Headers({ date: DATE, 'content-type': 'application/json; charset=utf-8', ...headers }),
    headersAt: 10,
    pieces: [{ at: 20, bytes }],
    end,
    endedAt: 30,
    body: came,
  };
}

/** The same over a raw connection. */
const raw = (seen: Exchange, version: '1.0' | '1.1' = '1.1', line = 'HTTP/1.1 200 OK'): Exchange => ({
  ...seen,
  raw: { version, line },
});

const USAGE = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };

function completion(over: object = {}, made: Made = {}): Exchange {
  const choice = { index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' };
  const whole = {
    id: 'chatcmpl_1',
    object: 'chat.completion',
    created: AT,
    model: 'openclaw:main',
    choices: [choice],
    usage: USAGE,
  };
  return exchange(JSON.stringify({ ...whole, ...over }), made);
}

const CALL = { id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } };
/** The first piece of it. */
const FIRST = { index: 0, id: 'c1', type: 'function', function: { name: 'f', arguments: '' } };

/** An answer with calls; a text among them is its finish reason, what offers no function the body. */
function calling(...parts: readonly (object | string)[]): Exchange {
  const calls = parts.filter((part) => typeof part === 'object' && 'function' in part);
  const body = parts.find((part) => typeof part === 'object' && 'tool_choice' in part) as Made['body'];
  const reason = parts.find((part) => typeof part === 'string') ?? 'tool_calls';
  const message = { role: 'assistant', content: '', tool_calls: calls };
  return completion({ choices: [{ index: 0, message, finish_reason: reason }] }, body === undefined ? {} : { body });
}

/** A stream of pieces of calls. */
function pieces(...given: readonly object[]): Exchange {
  return stream([ROLE, ...given.map((piece) => chunk({ tool_calls: [piece] })), chunk({}, {}, 'tool_calls'), DONE]);
}

type Chunk = Record<string, unknown>;
const chunk = (delta: object, over: object = {}, reason: string | null = null): Chunk => ({
  id: 'chatcmpl_1',
  object: 'chat.completion.chunk',
  created: AT,
  model: 'openclaw:main',
  choices: [{ index: 0, delta, finish_reason: reason }],
  ...over,
});
const ROLE = chunk({ role: 'assistant' });
const WORD = chunk({ content: 'Hello' });
const FINISH = chunk({}, {}, 'stop');
const COUNTED = chunk({}, { choices: [], usage: USAGE });

/** The bytes of a stream; what is a text is written as it is. */
const written = (said: readonly (Chunk | string)[], end = '\n'): string =>
  said.map((one) => (typeof one === 'string' ? one : `data: ${JSON.stringify(one)}${end}${end}`)).join('');
const DONE = 'data: [DONE]\n\n';

function stream(said: readonly (Chunk | string)[], { body = {}, headers = {}, ...made }: Made = {}): Exchange {
  return exchange(written(said), {
    body: { stream: true, ...(typeof body === 'string' ? {} : body) },
    headers: { 'content-type': 'text/event-stream', ...headers },
    ...made,
  });
}
const ASKED = { stream_options: { include_usage: true } };
const good = (made?: Made): Exchange => stream([ROLE, WORD, FINISH, DONE], made);
const refused = (body: unknown, made: Made = {}): Exchange => exchange(JSON.stringify(body), { status: 400, ...made });
const ERROR = { error: { message: 'No.', type: 'invalid_request_error' } };

/** What breaks each watched requirement, and what is lawful and close to it. */
const ROWS: Readonly<Record<string, { breaks: Record<string, Exchange[]>; lawful: Record<string, Exchange[]> }>> = {
  'endpoint.content-length': {
    breaks: { 'counts characters': [completion({ id: 'é' }, { headers: { 'content-length': '10' } })] },
    lawful: {
      'counts the compressed bytes': [
        completion({}, { headers: { 'content-length': '10', 'content-encoding': 'gzip' } }),
      ],
      'says nothing': [completion()],
      'has not ended': [completion({}, { end: 'cut', headers: { 'content-length': '1000000' } })],
    },
  },
  'endpoint.transfer-coding': {
    breaks: {
      'chunks to HTTP/1.0': [raw(completion({}, { headers: { 'transfer-encoding': 'chunked' } }), '1.0')],
      'says both': [raw(completion({}, { headers: { 'transfer-encoding': 'chunked', 'content-length': '9' } }))],
      'chunks no body': [raw(exchange('', { status: 204, headers: { 'transfer-encoding': 'chunked' } }))],
    },
    lawful: {
      'chunks to HTTP/1.1': [raw(completion({}, { headers: { 'transfer-encoding': 'chunked' } }))],
      'closes for HTTP/1.0': [raw(completion(), '1.0')],
      'is not known as it was sent': [
        completion({}, { headers: { 'transfer-encoding': 'chunked', 'content-length': '9' } }),
      ],
    },
  },
  'endpoint.content-coding': {
    breaks: {
      'compresses for identity': [
        completion({}, { sent: { 'accept-encoding': 'identity' }, headers: { 'content-encoding': 'gzip' } }),
      ],
      'compresses what has no weight': [
        completion({}, { sent: { 'Accept-Encoding': 'gzip;q=0, br' }, headers: { 'content-encoding': 'x-gzip' } }),
      ],
    },
    lawful: {
      'was asked': [
        completion({}, { sent: { 'accept-encoding': 'br, gzip;q=0.5' }, headers: { 'content-encoding': 'gzip' } }),
      ],
      'may choose': [completion({}, { sent: { 'accept-encoding': '*' }, headers: { 'content-encoding': 'zstd' } })],
      'says identity': [
        completion({}, { sent: { 'accept-encoding': 'identity' }, headers: { 'content-encoding': 'identity' } }),
      ],
    },
  },
  'completions.json': {
    breaks: {
      'another type': [completion({}, { headers: { 'content-type': 'text/plain' } })],
      'a stream that was not asked for': [good({ body: { stream: false } })],
      'no JSON': [exchange('{"id":')],
    },
    lawful: {
      'a refusal': [refused(ERROR)],
      'a stream': [good()],
      'a type in capitals': [completion({}, { headers: { 'content-type': 'Application/JSON' } })],
    },
  },
  'completions.schema': {
    breaks: { 'no model': [completion({ model: undefined })] },
    lawful: { 'unknown fields': [completion({ x_run: {} })] },
  },
  'completions.id': {
    breaks: {
      'one id twice': [completion(), completion()],
      'one id for an answer and a stream': [completion(), good()],
      'no id': [completion({ id: null })],
    },
    lawful: { 'two ids': [completion(), completion({ id: 'chatcmpl_2' })] },
  },
  'completions.created': {
    breaks: {
      'five minutes before its Date': [completion({ created: AT - 300 })],
      'stands still in a run': [
        completion({}, { headers: { date: '' } }),
        completion({ id: 'b' }, { headers: { date: '' }, beganAt: (AT + 60) * 1000 }),
      ],
      milliseconds: [completion({ created: AT * 1000 })],
      'a text': [completion({ created: String(AT) })],
    },
    lawful: {
      'a minute ahead': [
        completion({ created: AT + 60 }),
        completion({ created: AT + 61 }, { beganAt: (AT + 1) * 1000 }),
      ],
      'the end of a slow answer, then the begin of another': [
        completion({ created: AT }),
        completion({ created: AT - 1 }),
      ],
    },
  },
  'completions.finish-known': {
    breaks: {
      null: [completion({ choices: [{ index: 0, message: { role: 'assistant', content: '' }, finish_reason: null }] })],
      'another reason': [completion({ choices: [{ index: 0, message: {}, finish_reason: 'end_turn' }] })],
    },
    lawful: { 'tool calls': [completion({ choices: [{ index: 0, message: {}, finish_reason: 'tool_calls' }] })] },
  },
  'completions.usage': {
    breaks: { 'no usage': [completion({ usage: undefined })] },
    lawful: { zero: [completion({ usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } })] },
  },
  'completions.usage-sum': {
    breaks: {
      'five more': [completion({ usage: { ...USAGE, total_tokens: 12 } })],
      'one more in a stream': [
        stream([ROLE, FINISH, { ...COUNTED, usage: { ...USAGE, total_tokens: 8 } }, DONE], { body: ASKED }),
      ],
    },
    lawful: { 'no counts': [completion({ usage: null })], 'a sum': [completion()] },
  },
  'streaming.content-type': {
    breaks: {
      JSON: [stream([ROLE, FINISH, DONE], { headers: { 'content-type': 'application/json' } })],
      created: [good({ status: 201 })],
    },
    lawful: {
      'a refusal': [refused(ERROR, { body: { stream: true } })],
      'a word for a boolean': [completion({}, { body: { stream: 'true' } })],
    },
  },
  'streaming.event-lines': {
    breaks: {
      'an id line': [stream([`id: 1\n${written([ROLE])}`, DONE])],
      'a line in two': [stream(['data: {"id":\ndata: 1}\n\n', DONE])],
      'no blank line at the end': [stream([ROLE, 'data: [DONE]\n'])],
    },
    lawful: {
      CRLF: [stream([written([ROLE, WORD, FINISH], '\r\n'), 'data: [DONE]\r\n\r\n'])],
      CR: [stream([written([ROLE, FINISH], '\r'), 'data: [DONE]\r\r'])],
      comments: [stream([': hi\n\n', ROLE, ':\n', FINISH, DONE])],
    },
  },
  'streaming.done': {
    breaks: {
      'missing with usage': [stream([ROLE, WORD, FINISH, COUNTED], { body: ASKED })],
      'missing when long': [stream([ROLE, ...Array.from({ length: 1200 }, () => WORD), FINISH])],
    },
    lawful: {
      'a client that left': [stream([ROLE, WORD], { end: 'left' })],
      'our patience was over': [stream([ROLE], { end: 'open' })],
    },
  },
  'streaming.nothing-after-done': {
    breaks: { twice: [stream([ROLE, FINISH, DONE, DONE])], 'half an event': [stream([FINISH, DONE, 'data: {'])] },
    lawful: { 'a comment': [stream([FINISH, DONE, ': bye\n\n'])] },
  },
  'streaming.schema': {
    breaks: { 'a bare usage chunk': [stream([ROLE, FINISH, { choices: [], usage: USAGE }, DONE], { body: ASKED })] },
    lawful: { 'an error': [stream([ROLE, ERROR, DONE])] },
  },
  'streaming.one-id': {
    breaks: { 'another id for usage': [stream([ROLE, FINISH, { ...COUNTED, id: 'other' }, DONE], { body: ASKED })] },
    lawful: { 'one id': [stream([ROLE, FINISH, COUNTED, DONE], { body: ASKED })] },
  },
  'streaming.one-model': {
    breaks: { 'another model': [stream([ROLE, { ...FINISH, model: 'model-main' }, DONE])] },
    lawful: { 'one model': [good()] },
  },
  'streaming.object': {
    breaks: { 'a completion': [stream([ROLE, { ...FINISH, object: 'chat.completion' }, DONE])] },
    lawful: { chunks: [good()] },
  },
  'streaming.one-created': {
    breaks: { 'a second later': [stream([ROLE, { ...FINISH, created: AT + 1 }, DONE])] },
    lawful: { 'one second': [good()] },
  },
  'streaming.created': {
    breaks: { 'when it was started': [stream([{ ...ROLE, created: AT - 300 }, DONE])] },
    lawful: { now: [good()] },
  },
  'streaming.role-first': {
    breaks: { 'no role': [stream([WORD, FINISH, DONE])], 'two roles': [stream([ROLE, ROLE, FINISH, DONE])] },
    lawful: {
      'a role of null': [stream([ROLE, chunk({ role: null, content: 'a' }), FINISH, DONE])],
      'two answers': [
        stream([
          ROLE,
          chunk({}, { choices: [{ index: 1, delta: { role: 'assistant' }, finish_reason: null }] }),
          FINISH,
          DONE,
        ]),
      ],
      'a filter before it': [stream([chunk({}, { choices: [] }), ROLE, FINISH, DONE])],
      'an error at once': [stream([ERROR, DONE])],
    },
  },
  'streaming.finish': {
    breaks: {
      'none with usage': [stream([ROLE, WORD, COUNTED, DONE], { body: ASKED })],
      'null behind it': [stream([ROLE, WORD, FINISH, chunk({}), DONE])],
      twice: [stream([ROLE, FINISH, FINISH, DONE])],
      'a word of its own': [stream([ROLE, chunk({}, {}, 'end_turn'), DONE])],
    },
    lawful: {
      'usage behind it': [stream([ROLE, FINISH, COUNTED, DONE], { body: ASKED })],
      'a run that failed': [stream([ROLE, WORD, ERROR, DONE])],
      'an answer cut by us': [stream([ROLE, WORD], { end: 'over' })],
      'tool calls': [stream([ROLE, chunk({}, {}, 'tool_calls'), DONE])],
    },
  },
  'streaming.finish-null': {
    breaks: { empty: [stream([ROLE, chunk({ content: 'a' }, {}, ''), FINISH, DONE])] },
    lawful: { 'on the last words': [stream([ROLE, chunk({ content: 'a' }, {}, 'stop'), DONE])] },
  },
  'streaming.usage-asked': {
    breaks: {
      none: [good({ body: ASKED })],
      'with a choice': [stream([ROLE, { ...FINISH, usage: USAGE }, DONE], { body: ASKED })],
    },
    lawful: {
      'null on other chunks': [stream([{ ...ROLE, usage: null }, FINISH, COUNTED, DONE], { body: ASKED })],
      'not asked': [good()],
      'a run that failed': [stream([ROLE, ERROR, DONE], { body: ASKED })],
    },
  },
  'streaming.usage-unasked': {
    breaks: { 'a chunk of usage': [stream([ROLE, FINISH, COUNTED, DONE], { body: { stream_options: null } })] },
    lawful: {
      'asked in another form': [
        stream([ROLE, FINISH, COUNTED, DONE], { body: { stream_options: { include_usage: 1 } } }),
      ],
    },
  },
  'streaming.whole-characters': {
    breaks: {
      'half an emoji': [stream([ROLE, chunk({ content: 'a\ud83d' }), chunk({ content: '\ude00' }), FINISH, DONE])],
    },
    lawful: {
      'a whole one, escaped': [stream([ROLE, 'data: {"choices":[{"delta":{"content":"\\ud83d\\ude00"}}]}\n\n', DONE])],
      'a half that the client sent': [
        stream([ROLE, chunk({ content: '\ud83d' }), DONE], {
          body: { messages: [{ role: 'user', content: '\ud83d' }] },
        }),
      ],
    },
  },
  'streaming.failure-done': {
    breaks: { 'a word': [stream([ROLE, { error: 'failed' }, DONE])], 'no sentinel': [stream([ROLE, ERROR])] },
    lawful: { 'an error object': [stream([ROLE, ERROR, DONE])] },
  },
  'errors.envelope.any': {
    breaks: {
      'a page': [exchange('<h1>No</h1>', { status: 400, headers: { 'content-type': 'text/html' } })],
      'an object for a message': [refused({ error: { message: {}, type: 'x' } })],
      'a null': [refused(null, { status: 500 })],
    },
    lawful: {
      'another path or method': [exchange('Not Found', { status: 404, headers: { 'content-type': 'text/plain' } })],
      'problem JSON': [refused(ERROR, { headers: { 'content-type': 'application/problem+json' } })],
    },
  },
  'errors.no-leak.secret': {
    breaks: {
      'a header, percent-encoded': [completion({}, { headers: { 'x-debug': encodeURIComponent(`Bearer ${SECRET}`) } })],
      'Base64 in a chunk': [stream([chunk({ content: Buffer.from(` ${SECRET} `).toString('base64') }), DONE])],
      'the wrong one of the request': [
        refused(
          { error: { message: 'wrong-Secret-42 is wrong', type: 'x' } },
          { status: 401, sent: { authorization: 'Bearer wrong-Secret-42' } },
        ),
      ],
      'a status line': [raw(completion(), '1.1', `HTTP/1.1 200 ${SECRET}`)],
      "a provider's key, in the error behind words": [
        stream([
          ROLE,
          WORD,
          { error: { ...ERROR.error, cause: { config: { headers: { 'x-api-key': 'q8Zt02LmPw71' } } } } },
          DONE,
        ]),
      ],
      "a provider's key by its prefix": [refused({ error: { message: 'No sk-proj-a1B2c3D4e5F6g7H8', type: 'x' } })],
      "a provider's bearer": [
        refused(
          { error: { message: 'sent {"Authorization":"Bearer sk-provider-blind"}', type: 'x' } },
          { status: 502 },
        ),
      ],
      'an address with a password': [
        refused({ error: { message: 'no https://kit:s3cr3tpw@models.test/v1', type: 'x' } }, { status: 502 }),
      ],
      'an address with a key': [completion({}, { headers: { 'x-upstream': 'https://m.test/v1?api_key=a1b2c3d4e5' } })],
      'a web token': [refused({ error: { message: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJraXQifQ.c2ln', type: 'x' } })],
      'a cookie': [
        completion({}, { sent: { cookie: 'a=1; s=Crumbs-0123456789' }, headers: { 'x-c': 'Crumbs-0123456789' } }),
      ],
    },
    lawful: {
      'an echo of the text': [
        completion({ x: SECRET }, { body: { messages: [{ role: 'user', content: `my token is ${SECRET}` }] } }),
      ],
      'how credentials are written': [
        refused({ error: { message: 'Send Authorization: Bearer YOUR_API_KEY (keys begin with sk-).', type: 'x' } }),
        refused({
          error: { message: 'Bearer authentication is required: Bearer <token>, api_key: "your-api-key-1"', type: 'x' },
        }),
        refused({ error: { message: 'Incorrect API key provided: sk-ab12****************wxyz.', type: 'x' } }),
        refused({ error: { message: 'max_tokens: 12345678 is risk-free for task-1234567890123', type: 'x' } }),
      ],
      'a challenge': [
        refused(ERROR, { status: 401, headers: { 'www-authenticate': 'Bearer realm="kit1", error="x1"' } }),
      ],
      'a cookie of its own': [completion({}, { headers: { 'set-cookie': 'access_token=a1b2c3d4e5f6' } })],
      'an agent that speaks of one': [
        completion({ x: 'Authorization: Bearer sk-proj-a1B2c3D4e5F6g7H8' }),
        stream([ROLE, chunk({ content: 'curl -H "Authorization: Bearer a1b2c3d4e5"' }), FINISH, DONE]),
      ],
      'a credential that is a word': [
        completion({ model: 'openclaw:main' }, { sent: { authorization: 'Bearer openclaw:main' } }),
      ],
    },
  },
  'tools.shape': {
    breaks: {
      'arguments as an object': [calling({ ...CALL, function: { name: 'f', arguments: {} } })],
      'arguments that are no JSON': [calling({ ...CALL, function: { name: 'f', arguments: '{"ci' } })],
      'one id for two': [calling(CALL, CALL)],
      'no id': [calling({ ...CALL, id: '' })],
      'another type': [calling({ ...CALL, type: 'tool' })],
      'no name': [calling({ ...CALL, function: { arguments: '{}' } })],
    },
    lawful: {
      'two calls of one function': [calling(CALL, { ...CALL, id: 'c2' })],
      'a call that was cut': [
        completion({
          choices: [
            {
              index: 0,
              message: {
                role: 'assistant',
                content: '',
                tool_calls: [{ ...CALL, function: { name: 'f', arguments: '{' } }],
              },
              finish_reason: 'length',
            },
          ],
        }),
      ],
      'no call': [completion()],
    },
  },
  'tools.pieces': {
    breaks: {
      'no index': [pieces({ ...CALL, index: undefined })],
      'the id again': [pieces(FIRST, { index: 0, id: 'c1', function: { arguments: '{}' } })],
      'the name again': [pieces(FIRST, { index: 0, function: { name: 'f', arguments: '{}' } })],
      'a piece before the identity': [pieces({ index: 0, function: { arguments: '{' } }, { ...FIRST, index: 0 })],
      'pieces that join to no JSON': [pieces(FIRST, { index: 0, function: { arguments: '{"a":' } })],
      'one id for two': [pieces({ ...CALL, index: 0 }, { ...CALL, index: 1 })],
    },
    lawful: {
      'the whole call in one piece': [pieces({ ...CALL, index: 0 })],
      'two calls, their pieces mixed': [
        pieces(
          FIRST,
          { ...FIRST, index: 1, id: 'c2' },
          ...[1, 0].map((index) => ({ index, function: { arguments: '{}' } })),
        ),
      ],
      'a stream that failed in a call': [stream([ROLE, chunk({ tool_calls: [FIRST] }), ERROR, DONE])],
      'null where nothing is said': [pieces(FIRST, { index: 0, id: null, function: { name: null, arguments: '{}' } })],
    },
  },
  'tools.finish': {
    breaks: {
      'stop after a call': [calling(CALL, 'stop')],
      'stop after a streamed call': [stream([ROLE, chunk({ tool_calls: [{ ...CALL, index: 0 }] }), FINISH, DONE])],
      'no end of a streamed call': [stream([ROLE, chunk({ tool_calls: [{ ...CALL, index: 0 }] }), DONE])],
    },
    lawful: {
      tool_calls: [calling(CALL), pieces({ ...CALL, index: 0 })],
      'a call that was cut': [calling(CALL, 'length')],
      'stop where a function was named': [
        calling(CALL, 'stop', { tool_choice: { type: 'function', function: { name: 'f' } } }),
      ],
      'stop without a call': [completion()],
    },
  },
  'errors.no-leak.internals': {
    breaks: {
      'a stack': [refused({ error: { message: 'no\n    at run (x.js:10:3)', type: 'x' } })],
      "an HTTP client's error": [
        refused({ error: { message: 'x', type: 'x', cause: { name: 'AxiosError', code: 'ERR_BAD_RESPONSE' } } }),
        stream([
          ROLE,
          WORD,
          { error: { ...ERROR.error, cause: { config: { method: 'post', url: 'http://x' } } } },
          DONE,
        ]),
      ],
      'a folder': [refused({ error: { message: 'No agent in /home/node/.openclaw/agents', type: 'x' } })],
      'a folder of Windows': [refused({ error: { message: 'No C:\\Users\\kit\\agents', type: 'x' } })],
      'a file in a header': [completion({}, { headers: { 'x-handler': '/srv/gateway/dist/chat.js' } })],
      'a failed stream': [stream([{ error: { message: 'ENOENT /var/lib/openclaw/sessions', type: 'x' } }, DONE])],
    },
    lawful: {
      'an address': [refused({ error: { message: 'See https://docs.openclaw.ai/opt/errors.json.', type: 'x' } })],
      'the path of the call': [refused({ error: { message: 'No POST /v1/chat/completions/', type: 'x' } })],
      'a redirect': [exchange('', { status: 302, headers: { location: '/app/login.py' } })],
      'what the client sent': [
        refused(
          { error: { message: 'Unknown agent /etc/passwd', type: 'x' } },
          { body: { model: 'openclaw:/etc/passwd' } },
        ),
      ],
      'words of the agent': [completion({ x: 'Look at /etc/hosts and /srv/app/main.py' })],
      'a page with a script': [exchange('<!doctype html><script src="/assets/js/main.js">', { status: 502 })],
    },
  },
};

function brokenBy(id: string, exchanges: readonly Exchange[]): ReturnType<Watch['broken']> {
  const watch = new Watch([id], [SECRET]);
  watch.see('some', exchanges);
  return watch.broken(id);
}

describe('the watchers', () => {
  test('are those of the requirements that say that they are watched', () => {
    expect(cases.flatMap(({ id, watched }) => (watched ? [id] : [])).toSorted()).toEqual(
      Object.keys(WATCHERS).toSorted(),
    );
    expect(Object.keys(ROWS).toSorted()).toEqual(Object.keys(WATCHERS).toSorted());
  });

  for (const [id, { breaks, lawful }] of Object.entries(ROWS)) {
    test.each(Object.entries(breaks))(`of ${id} accuse: %s`, (_, exchanges) => {
      expect(brokenBy(id, exchanges)?.ending.kind).toBe('violated');
    });
    test.each(Object.entries(lawful))(`of ${id} are silent: %s`, (_, exchanges) => {
      expect(brokenBy(id, exchanges)).toBeUndefined();
    });
  }

  test('accuse no lawful exchange of anything, and survive whatever a gateway sends', () => {
    const all = Object.keys(WATCHERS);
    const watch = new Watch(all, [SECRET]);
    watch.see('lawful', [completion(), stream([{ ...ROLE, id: 'b' }, { ...FINISH, id: 'b' }, DONE]), refused(ERROR)]);
    expect(all.filter((id) => watch.broken(id))).toEqual([]);
    const odd = [
      'null',
      '[]',
      '"x"',
      '{"choices":[null]}',
      '{"choices":{"0":1}}',
      '{"error":1,"choices":"x"}',
      '{"choices":[{"delta":7}]}',
      '{"choices":[1],"usage":3}',
    ];
    const hostile = new Watch(all, [SECRET]);
    hostile.see(
      'odd',
      odd.flatMap((json) => [exchange(json), exchange(json, { status: 500 }), stream([`data: ${json}\n\n`, DONE])]),
    );
    expect(all.map((id) => hostile.broken(id)?.ending).filter((ending) => ending?.kind === 'errored')).toEqual([]);
  });
});
