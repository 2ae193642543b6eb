import { expect, test } from 'vitest';
import { exchangesIn } from './raw-exchanges.ts';
import type { RawReply } from './socket.ts';

const ENDPOINT = 'http://127.0.0.1:40001/v1/chat/completions';
const PLAIN = 'POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n{"\xc3\xa9';
const CHUNKED = '\r\nPOST /v1/models HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\xc3\xa9';
const NO = 'HTTP/1.1 401 No\r\nX-A: 1\r\n\r\nno';
const seen = (sent: string, bytes: string, end: RawReply['end'] = 'closed'): unknown[] =>
  exchangesIn({ sent, reply: { bytes, end, ms: 7 }, url: ENDPOINT, beganAt: 5 }).map(
    ({ request, status, body, headersAt, raw }) => ({ ...request, status, answer: body, headersAt, raw }),
  );

test('each request of a connection goes with its response, in order', () => {
  expect(seen(PLAIN + CHUNKED, OK + NO)).toMatchObject([
    {
      method: 'POST',
      url: ENDPOINT,
      headers: [
        ['Host', 'x'],
        ['Content-Length', '4'],
      ],
      body: '{"\u00e9',
      status: 200,
      answer: '\u00e9',
      headersAt: 7,
      raw: { version: '1.1', line: 'HTTP/1.1 200 OK' },
    },
    { url: 'http://127.0.0.1:40001/v1/models', body: '{}', status: 401, answer: 'no', raw: { version: '1.0' } },
  ]);
});

test('a response that is not whole is left out, and so is one to no request of HTTP/1.1', () => {
  expect(seen(PLAIN + CHUNKED, OK + NO, 'reset')).toHaveLength(1);
  expect(seen(PLAIN, OK.slice(0, -1))).toEqual([]);
  expect(seen('GET /', OK)).toEqual([]);
});

test('a body that was not sent whole is not known', () => {
  expect(seen(PLAIN.slice(0, -1), OK)).toMatchObject([{ body: '(a stream)' }]);
});
