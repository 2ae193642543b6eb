import { describe, expect, test } from 'vitest';
import { finalStatus, rawResponses } from './responses.ts';
import { upgraded } from './upgrade.ts';

const bodies = (bytes: string, closed = false): string[] =>
  rawResponses(bytes, closed).map(({ status, body }) => `${status} ${body}`);

describe('rawResponses', () => {
  test('responses of one connection are read in order, by length and by chunks with trailers', () => {
    const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=1\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n';
    const measured = 'HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno';
    expect(bodies(chunked + measured)).toEqual(['200 abc', '401 no']);
  });

  test('interim responses are left out, and 101 is final', () => {
    expect(bodies('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')).toEqual(['200 ']);
    expect(bodies('HTTP/1.1 101 Switching Protocols\r\n\r\n')).toEqual(['101 ']);
  });

  test('a response that is not whole is left out; without a length the end of the connection ends it', () => {
    expect(bodies('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc')).toEqual([]);
    expect(bodies('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n')).toEqual([]);
    expect(bodies('HTTP/1.0 200 OK\r\n\r\nabc')).toEqual([]);
    expect(bodies('HTTP/1.0 200 OK\r\n\r\nabc', true)).toEqual(['200 abc']);
    expect(bodies('HTTP/1.1 banana')).toEqual([]);
  });
});

describe('finalStatus', () => {
  const INTERIM = 'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n';

  test('is that of the response behind all interim ones, as soon as its head has come', () => {
    expect(finalStatus(`${INTERIM}HTTP/1.1 401 No\r\nContent-Length: 9\r\n\r\n`)).toBe(401);
    expect(finalStatus('HTTP/1.0 200 OK\r\n\r\nabc')).toBe(200);
    expect(finalStatus('HTTP/1.1 101 Switching Protocols\r\n\r\n')).toBe(101);
  });

  test('is unknown while only interim responses or a part of a head have come, and of what is no HTTP', () => {
    for (const bytes of [INTERIM, INTERIM.slice(0, 30), `${INTERIM}HTTP/1.1 401 No\r\n`, 'SSH-2.0-OpenSSH\r\n\r\n', ''])
      expect(finalStatus(bytes)).toBeUndefined();
  });

  test('an upgrade is found behind interim responses', () => {
    const frame = '\x81\x02hi';
    expect(upgraded(`${INTERIM}HTTP/1.1 101 Switching Protocols\r\n\r\n${frame}`)).toEqual({ frame: 'hi' });
    expect(upgraded(`${INTERIM}HTTP/1.1 426 Upgrade Required\r\n\r\n`)).toBeUndefined();
  });
});
